/** Runs the smallest graph on the provider that is named, and exits with 0 where it could: the child of onnx-device.ts. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** y = Relu(x), of one float32. */
const GRAPH = 'CAg6MwoMCgF4EgF5IgRSZWx1EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQEQ==';

const [provider = 'cpu'] = process.argv.slice(2);
try {
  const session = await InferenceSession.create(Buffer.from(GRAPH, 'base64'), {
    executionProviders: [provider],
    logSeverityLevel: 4,
  });
  await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) });
  await session.release();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message.trim().replace(/\s+/g, ' ')}\n`);
  process.exitCode = 1;
}
process.disconnect?.();
