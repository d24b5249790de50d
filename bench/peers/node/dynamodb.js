// The same data in DynamoDB, read with the AWS SDK's document client: what the home page needs.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchGetCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb'

const CATALOG = 'catalog'
const VIEWERS = 'viewers'
const PROFILE = process.env.BENCH_PROFILE
const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({ requestHandler: { httpAgent: { keepAlive: true, maxSockets: 64 } } }),
)

const encodeId = (type, path) => Buffer.from(`${type}:${path}`).toString('base64url')

async function batch(table, keys) {
  const found = new Map()
  const chunks = []
  for (let at = 0; at < keys.length; at += 100) chunks.push(keys.slice(at, at + 100))
  const read = async (chunk) => {
    let wanted = { [table]: { Keys: chunk } }
    while (wanted?.[table]) {
      const answer = await client.send(new BatchGetCommand({ RequestItems: wanted }))
      for (const item of answer.Responses[table]) found.set(`${item.pk} ${item.sk}`, item)
      wanted = answer.UnprocessedKeys
    }
  }
  await Promise.all(chunks.map(read))
  return keys.map(({ pk, sk }) => found.get(`${pk} ${sk}`) ?? null)
}

export async function railsByIds(ids) {
  const scopes = ids.map((id) => Buffer.from(id, 'base64url').toString().slice('Rail:'.length))
  const found = await batch(CATALOG, scopes.map((scope) => ({ pk: `RANK#*#${scope}`, sk: 'V' })))
  return found.map((item, at) => item && { id: ids[at], name: item.n.en, titles: item.ids.split(' ') })
}

export async function titles(keys) {
  const found = await batch(CATALOG, keys.map((key) => ({ pk: `T#${key}`, sk: 'META' })))
  return found.map((item) => item && title(item))
}

function title(item) {
  const key = item.pk.slice(2)
  const type = item.kind === 'MOVIE' ? 'Movie' : 'Series'
  return {
    __typename: type,
    key,
    id: encodeId(type, key),
    name: item.n[item.ol],
    releaseDate: item.rel ?? null,
    maturity: maturity(item.mat),
    runtimeSeconds: item.rt ?? 0,
  }
}

function maturity(packed) {
  const [code, , minimumAge] = JSON.parse(packed)
  return { code, minimumAge }
}

export const credits = (keys) =>
  Promise.all(
    keys.map(async (key) => {
      const answer = await client.send(
        new QueryCommand({
          TableName: CATALOG,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: { ':pk': `T#${key}`, ':sk': 'C#' },
        }),
      )
      return answer.Items.map((item) => ({ role: item.role, character: item.chr ?? null, personId: item.pid }))
    }),
  )

export async function people(keys) {
  const found = await batch(CATALOG, keys.map((key) => ({ pk: `P#${key}`, sk: 'META' })))
  return found.map((item, at) => item && { id: encodeId('Person', keys[at]), name: item.name })
}

export async function progress(paths) {
  const found = await batch(VIEWERS, paths.map((path) => ({ pk: PROFILE, sk: `PROG#${path}` })))
  return found.map((item) => item && { positionSeconds: item.pos, fraction: item.pos / item.dur, completed: item.done })
}
