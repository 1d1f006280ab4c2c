import type { Plugin } from 'graphql-yoga';
import { badRequest } from './refusal.ts';

const ALLOWED = 'GET, HEAD, POST, OPTIONS';

/** What HTTP and GraphQL over HTTP ask of an answer, beyond what Yoga sees to. */
export function httpConventions(endpoint: string): Plugin {
  return {
    onRequest({ request, url, fetchAPI, endResponse }) {
      const { method } = request;
      if (url.pathname !== endpoint || method === 'GET' || method === 'POST') return;
      const headers = { allow: ALLOWED };
      // What a browser asks before a call from another origin has been answered by now, where it is answered at all.
      if (method === 'OPTIONS') return endResponse(new fetchAPI.Response(null, { status: 204, headers }));
      const message = `The API takes GET and POST, and not ${method}.`;
      const body = { errors: [{ message, extensions: { code: 'METHOD_NOT_ALLOWED' } }] };
      endResponse(fetchAPI.Response.json(body, { status: 405, headers }));
    },
    onParams({ params }) {
      if (params.query != null && params.query !== '') return;
      throw badRequest(
        'The request has no "query": send it as JSON, {"query": "…", "variables": {…}}, or open the address in a browser.',
      );
    },
  };
}
