import { randomBytes } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';
import { graphiqlPolicy } from './security-headers.ts';

/** Answers browsers that come to the address of the API with GraphiQL, which may run its own code and no other. */
export function graphiqlPage(endpoint: string, render: () => Promise<string>): Plugin {
  return {
    async onRequest({ request: { method, headers }, url, fetchAPI, endResponse }) {
      if (method !== 'GET' || url.pathname !== endpoint || !headers.get('accept')?.includes('text/html')) return;
      const nonce = randomBytes(16).toString('base64');
      // Only the page's own element is to have it: what comes first, before any of its data.
      const html = (await render()).replace('<script>', `<script nonce="${nonce}">`);
      const policy = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': graphiqlPolicy(nonce) };
      endResponse(new fetchAPI.Response(html, { headers: policy }));
    },
  };
}
