// Apollo Server 5, standalone, as its documentation starts it.
import { ApolloServer } from '@apollo/server'
import responseCache from '@apollo/server-plugin-response-cache'
import { startStandaloneServer } from '@apollo/server/standalone'
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl'
import { contextOf, resolvers, typeDefs } from './resolvers.js'

const cached = process.env.BENCH_SOURCE === 'cached'
const server = new ApolloServer({
  typeDefs,
  resolvers,
  plugins: cached ? [ApolloServerPluginCacheControl({ defaultMaxAge: 60 }), responseCache()] : [],
})
await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
  context: async ({ req }) => contextOf(req.headers),
})
