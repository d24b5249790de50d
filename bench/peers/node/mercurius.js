// Mercurius 16 on Fastify with graphql-jit from the first request on.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import cache from 'mercurius-cache'
import { contextOf, resolvers, typeDefs } from './resolvers.js'

// Mercurius spells it without underscores.
const { Node, Title, ...rest } = resolvers
const app = Fastify()
app.register(mercurius, {
  schema: typeDefs,
  resolvers: { ...rest, Node: { resolveType: Node.__resolveType }, Title: { resolveType: Title.__resolveType } },
  jit: 1,
  context: (request) => contextOf(request.headers),
})
if (process.env.BENCH_SOURCE === 'cached') {
  app.register(cache, { ttl: 60, policy: { Query: { home: true, title: true }, Rail: { titles: true } } })
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
