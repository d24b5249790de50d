// The data in this process: what a server would have after all its reads.
import { readFileSync } from 'node:fs'

const facts = JSON.parse(readFileSync(process.env.BENCH_DATASET, 'utf8'))
const titlesById = new Map(Object.values(facts.titles).map((title) => [title.id, title]))
const watchlist = new Set()

export const rails = async (first) => facts.rails.slice(0, first)
export const railsByIds = async (ids) => ids.map((id) => facts.rails.find((rail) => rail.id === id) ?? null)
export const titles = async (keys) => keys.map((key) => facts.titles[key] ?? null)
export const titleById = async (id) => titlesById.get(id) ?? null
export const credits = async (keys) => keys.map((key) => facts.credits[key] ?? [])
export const people = async (keys) => keys.map((key) => facts.people[key] ?? null)
export const genres = async (keys) => keys.map((key) => facts.genres[key] ?? null)
export const seasons = async (keys) => keys.map((key) => facts.seasons[key] ?? [])
export const episodes = async (keys) => keys.map((key) => facts.episodes[key] ?? [])
export const progress = async (paths) => paths.map((path) => facts.progress[path] ?? null)
export const listed = async (keys) => keys.map((key) => watchlist.has(key))
export const list = async (key, on) => void (on ? watchlist.add(key) : watchlist.delete(key))
