import { answerOf } from './answer.ts';
import { TransportError } from './errors.ts';
import { type Endpoint, type OperationRequest, send } from './request.ts';

/** Milliseconds; the service sends something every twelve seconds, so that then its machine or the network is gone. */
const SILENCE_MS = 45_000;

/**
 * The results of a subscription over server-sent events (GraphQL over SSE, distinct connections mode); it ends where the
 * service says so, and leaving it ends the connection.
 * @throws TransportError where the connection breaks; the signal's reason when it aborted
 */
export async function* overEventStream(
  endpoint: Endpoint,
  request: OperationRequest,
  { signal }: { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<unknown, void> {
  const left = new AbortController();
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  try {
    const response = await send(endpoint, request, { accept: 'text/event-stream', signal: either });
    const { status, body } = response;
    if (body === null || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      await answerOf(response);
      throw new TransportError('The service gave an answer, and no stream of events.', { status });
    }
    for await (const { event, data } of eventsOf(body)) {
      if (event === 'next') yield JSON.parse(data);
      if (event === 'complete') return;
    }
    throw new TransportError('The service broke off before the end.');
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    left.abort();
  }
}

/** The events of a stream, as the HTML standard has it; comments are left out. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string[] = [];
  for (;;) {
    const { done, value } = await heard(reader.read());
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.map((each) => each.replace(/\r$/, ''))) {
      const [, field, text = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'event') event = text;
      if (field === 'data') data.push(text);
      if (line !== '') continue;
      if (event !== '' || data.length > 0) yield { event, data: data.join('\n') };
      event = '';
      data = [];
    }
  }
}

/** @throws TransportError where the connection breaks, or nothing comes */
async function heard<Chunk>(chunk: Promise<Chunk>): Promise<Chunk> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Nothing came for 45 seconds.')), SILENCE_MS);
  });
  try {
    return await Promise.race([chunk, silence]);
  } catch (cause) {
    throw new TransportError('The connection to the service broke.', { cause });
  } finally {
    clearTimeout(timer);
  }
}
