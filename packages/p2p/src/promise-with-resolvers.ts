// libp2p 3 and its parts call Promise.withResolvers, which Node has from 22 on; our floor is Node 20.19. Every file
// that imports a libp2p package imports this one first, since imports are evaluated in order.
if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value: function withResolvers<T>(this: PromiseConstructor) {
      let resolve: (value: T | PromiseLike<T>) => void = () => {};
      let reject: (reason: unknown) => void = () => {};
      const promise = new this<T>((resolveIt, rejectIt) => {
        resolve = resolveIt;
        reject = rejectIt;
      });
      return { promise, resolve, reject };
    },
  });
}

export {};
