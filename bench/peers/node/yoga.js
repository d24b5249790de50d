// GraphQL Yoga 5 on node:http with graphql-jit; its parser and validation caches are on by default.
import { useGraphQlJit } from '@envelop/graphql-jit'
import { useResponseCache } from '@graphql-yoga/plugin-response-cache'
import { createSchema, createYoga } from 'graphql-yoga'
import { createServer } from 'node:http'
import { contextOf, resolvers, typeDefs } from './resolvers.js'

const cached = process.env.BENCH_SOURCE === 'cached'
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  logging: false,
  graphiql: false,
  plugins: [
    ...(process.env.BENCH_JIT === '0' ? [] : [useGraphQlJit()]),
    ...(cached ? [useResponseCache({ session: () => null, ttl: 60_000 })] : []),
  ],
  context: ({ req }) => contextOf(req.headers),
})
createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1')
