// What the server uses of Fastify and its plugins, in one file: the build bundles its compiled form
// (scripts/bundle.mjs), so that the thread loads it in a fraction of the time.
export { default as cors } from '@fastify/cors';
export { default as websocket } from '@fastify/websocket';
export { default as Fastify, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
