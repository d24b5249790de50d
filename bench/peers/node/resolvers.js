// Resolvers and DataLoaders, the same for every server; each server has its own file that only wires them.
import DataLoader from 'dataloader'
import { readFileSync } from 'node:fs'

export const source = await import(process.env.BENCH_SOURCE === 'dynamodb' ? './dynamodb.js' : './memory.js')
export const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8')

export const loaders = () => ({
  title: new DataLoader((keys) => source.titles(keys)),
  credits: new DataLoader((keys) => source.credits(keys)),
  person: new DataLoader((keys) => source.people(keys)),
  genre: new DataLoader((keys) => source.genres(keys)),
  seasons: new DataLoader((keys) => source.seasons(keys)),
  episodes: new DataLoader((keys) => source.episodes(keys)),
  progress: new DataLoader((keys) => source.progress(keys)),
  listed: new DataLoader((keys) => source.listed(keys)),
})

export const contextOf = (headers) => ({
  profile: headers['x-profile-token'] ?? null,
  loaders: loaders(),
})

const page = (nodes, first) => ({ nodes: first < nodes.length ? nodes.slice(0, first) : nodes })

const title = {
  genres: ({ genreIds }, _, { loaders }) => loaders.genre.loadMany(genreIds),
  credits: async ({ key }, { role, first }, { loaders }) => {
    const every = await loaders.credits.load(key)
    return page(role ? every.filter((credit) => credit.role === role) : every, first)
  },
  viewerState: ({ key }, _, { loaders, profile }) => (profile ? { key } : null),
}

export const resolvers = {
  Query: {
    nodes: (_, { ids }) => source.railsByIds(ids),
    home: async (_, { first }) => page(await source.rails(first), first),
    title: (_, { by }) => source.titleById(by.id),
  },
  Mutation: {
    setWatchlist: async (_, { input }, { loaders }) => {
      const found = await source.titleById(input.titleId)
      if (!found) return { title: null, errors: [{ message: 'No title has that id.' }] }
      await source.list(found.key, input.inWatchlist)
      loaders.listed.clear(found.key)
      return { title: found, errors: [] }
    },
  },
  Node: { __resolveType: () => 'Rail' },
  Rail: {
    titles: async (rail, { first }, { loaders }) => page(await loaders.title.loadMany(rail.titles.slice(0, first)), first),
  },
  Title: { __resolveType: (title) => title.__typename },
  Movie: {
    ...title,
    progress: ({ key }, _, { loaders, profile }) => (profile ? loaders.progress.load(key) : null),
  },
  Series: {
    ...title,
    seasons: async ({ key }, { first }, { loaders }) => page(await loaders.seasons.load(key), first),
  },
  TitleState: { inWatchlist: ({ key }, _, { loaders }) => loaders.listed.load(key) },
  Credit: { person: ({ personId }, _, { loaders }) => loaders.person.load(personId) },
  Season: { episodes: async ({ key }, { first }, { loaders }) => page(await loaders.episodes.load(key), first) },
  Episode: { progress: ({ path }, _, { loaders, profile }) => (profile ? loaders.progress.load(path) : null) },
}
