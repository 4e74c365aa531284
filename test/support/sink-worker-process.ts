// A worker that hands events to the engine in a file, and dies behind its second batch.
import { FileSink } from './file-sink.js';
import { TestWorker } from './test-worker.js';

const sink = new FileSink(process.env.WORKER_SINK_FILE!);
sink.after = (batch) => {
  if (batch === 2) process.kill(process.pid, 'SIGKILL');
};
await TestWorker.start({ sinks: new Map([['file', sink]]) });
process.on('message', () => undefined);
