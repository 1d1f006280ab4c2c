import {
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * A subscription follows one thing, and says without conditions which: GraphQL (since September 2025, 5.2.4.1) has no
 * `@skip` or `@include` there, and an executor that comes to no field at all fails as if it were at fault.
 */
export function subscriptionRoot(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule((context: ValidationContext) => ({
        OperationDefinition({ operation, selectionSet }: OperationDefinitionNode) {
          if (operation === 'subscription') refuseConditions(selectionSet, context, new Set());
        },
      }));
    },
  };
}

function refuseConditions({ selections }: SelectionSetNode, context: ValidationContext, seen: Set<string>): void {
  for (const selection of selections) {
    const conditions =
      selection.directives?.filter(({ name }) => name.value === 'skip' || name.value === 'include') ?? [];
    if (conditions.length > 0) {
      const message = 'What a subscription follows is not left to "@skip" or "@include": ask for it or do not.';
      context.reportError(new GraphQLError(message, { nodes: conditions }));
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) refuseConditions(selection.selectionSet, context, seen);
    if (selection.kind !== Kind.FRAGMENT_SPREAD || seen.has(selection.name.value)) continue;
    seen.add(selection.name.value);
    const fragment = context.getFragment(selection.name.value);
    if (fragment != null) refuseConditions(fragment.selectionSet, context, seen);
  }
}
