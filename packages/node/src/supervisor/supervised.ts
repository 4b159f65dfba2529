import type { ChildMessage, SupervisorMessage } from './child-messages.ts';

/** A node's process as its supervisor sees it. */
export interface Supervision {
  /** Tells the supervisor; lost without a word when it is gone, since then this process ends as well. */
  send(message: ChildMessage): void;
  /** Calls `stop` once: when the supervisor asks for it, or is gone. */
  onStop(stop: () => void): void;
  /** Calls `listen` with whatever else the supervisor says, from the first message on. */
  onMessage(listen: (message: SupervisorMessage) => void): void;
  /** Resolves when everything sent has left this process, so that it may exit. */
  flush(): Promise<void>;
}

/** The supervisor of this process; undefined when a person or a container started it. */
export function supervision(): Supervision | undefined {
  if (process.env.HEDDLE_SUPERVISED !== '1' || !process.send) return undefined;
  let pending = 0;
  let whenSent = () => undefined as unknown;
  const done = (): void => {
    pending -= 1;
    if (pending === 0) whenSent();
  };
  return {
    send(message) {
      if (!process.connected) return;
      pending += 1;
      process.send?.(message, undefined, undefined, done);
    },
    onStop(stop) {
      let isCalled = false;
      const once = (): void => {
        if (!isCalled) stop();
        isCalled = true;
      };
      process.on('message', (message: SupervisorMessage) => message.type === 'stop' && once());
      process.on('disconnect', once);
      if (!process.connected) once();
    },
    onMessage: (listen) => void process.on('message', (message: SupervisorMessage) => listen(message)),
    flush() {
      return new Promise((resolve) => {
        whenSent = () => resolve();
        if (pending === 0 || !process.connected) resolve();
      });
    },
  };
}
