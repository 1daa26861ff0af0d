// The webhooks of the house in Express and node-postgres: same reads, same rows, same seals, one transaction each.
// Two processes, prepared statements, one statement for all that is written. What it leaves out is in docs/speed.md.
import cluster from 'node:cluster'
import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import express from 'express'
import pg from 'pg'

const { PORT, PUBLIC_URL, ACCOUNT_SID, AUTH_TOKEN } = process.env
const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
const GREETING = readFileSync(new URL('../greeting.xml', import.meta.url), 'utf8')
const KEY = Buffer.alloc(32, 7)
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const statement = Object.fromEntries(
  ['line', 'ring', 'text', 'policy', 'voice_write', 'text_write', 'text_further',
    'status_take', 'status_hold', 'status_set', 'status_end'].map((name) => [
    name, { name, text: readFileSync(new URL(`../statements/${name}.sql`, import.meta.url), 'utf8') }
  ])
)

// A pg client queues what it is given; each statement is prepared once on a connection, by its name.
const ask = (client, name, values) => client.query({ ...statement[name], values })

function newId () {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = 0x70 | (bytes[6] & 0x0f)
  bytes[8] = 0x80 | (bytes[8] & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const drawn = (length) => Array.from(randomBytes(length), (byte) => ALPHABET[byte & 31]).join('')
const newRef = () => `R-${drawn(4)}-${drawn(4)}`

function seal (key, place, plain) {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function newKey () {
  const id = newId()
  const key = randomBytes(32)
  return { id, key, wrapped: seal(KEY, id, key) }
}

function index (kind, value) {
  const derived = createHmac('sha256', KEY).update(`koza/index:${kind}`).digest()
  return createHmac('sha256', derived).update(value).digest()
}

// Validating requests, as the carrier describes it: HMAC-SHA1 over the URL and the sorted fields.
function signed (request) {
  const given = request.get('X-Twilio-Signature')
  if (!given) return null
  const form = new URLSearchParams(request.body.toString('utf8'))
  const fields = [...form.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const message = PUBLIC_URL + request.originalUrl + fields.map(([name, value]) => name + value).join('')
  const expected = createHmac('sha1', AUTH_TOKEN).update(message).digest()
  const actual = Buffer.from(given, 'base64')
  const same = actual.length === expected.length && timingSafeEqual(actual, expected)
  return same && form.get('AccountSid') === ACCOUNT_SID ? form : null
}

// Rows that every arrival writes first: its place in the inbox, sealed with the key of its record.
function inbox (kind, form, sid, contact, key, answer) {
  const id = newId()
  const payload = JSON.stringify(Object.fromEntries([...form.entries()].sort()))
  const stable = JSON.stringify([form.get('From'), form.get('To'), form.get('Body')])
  return [
    form.get('AccountSid'), sid, contact, index('inbox', stable),
    seal(key.key, `hotline_inbox payload ${id}`, payload), seal(key.key, `hotline_inbox answer ${id}`, answer), id, key.id
  ]
}

async function voice (client, form) {
  const caller = form.get('From')
  const sid = form.get('CallSid')
  const place = index('address', caller)
  const line = (await ask(client, 'line', [form.get('To'), null])).rows[0]
  const told = (await ask(client, 'ring', [place, sid])).rows[0]
  const contact = newId()
  const key = newKey()
  const answer = GREETING.replaceAll('CONTACT', contact)
  await ask(client, 'voice_write', [
    ...inbox('voice', form, sid, contact, key, answer), key.wrapped, line.centre_id, line.id, place, told.repeats,
    seal(key.key, `hotline_contacts address ${contact}`, caller), `c_${newId().replaceAll('-', '')}`,
    newId(), newId(), newId(), newRef()
  ])
  return answer
}

async function text (client, form) {
  const sender = form.get('From')
  const sid = form.get('MessageSid')
  const place = index('address', sender)
  const turn = place.readBigInt64BE(0).toString()
  const line = (await ask(client, 'line', [form.get('To'), turn])).rows[0]
  const told = (await ask(client, 'text', [place, line.id])).rows[0]
  const message = newId()
  if (told.open_contact) {
    // The house opens the record's key; here a new one stands for that.
    const key = newKey()
    await ask(client, 'text_further', [
      ...inbox('sms', form, sid, told.open_contact, key, ''), told.conversation,
      seal(key.key, `hotline_messages body ${message}`, form.get('Body')), message, newId(), line.centre_id, line.id
    ])
    return ''
  }
  const seconds = unansweredAfter((await ask(client, 'policy', [line.centre_id])).rows)
  const contact = newId()
  const key = newKey()
  const thread = newKey()
  const conversation = told.conversation ?? newId()
  await ask(client, 'text_write', [
    ...inbox('sms', form, sid, contact, key, ''), key.wrapped, thread.id, thread.wrapped, line.id, place,
    seal(thread.key, `hotline_conversations address ${conversation}`, sender), conversation, line.centre_id,
    told.repeats, seal(key.key, `hotline_contacts address ${contact}`, sender),
    seal(key.key, `hotline_messages body ${message}`, form.get('Body')), message,
    newId(), newId(), newId(), newRef(), seconds
  ])
  return ''
}

function unansweredAfter (versions) {
  for (const version of versions) {
    if (version.body.opens_after_s) return version.body.opens_after_s['2']
  }
  return 180
}

async function status (client, form) {
  const sid = form.get('CallSid')
  const told = form.get('CallStatus')
  await ask(client, 'status_take', [newId(), sid, told, Number(form.get('SequenceNumber'))])
  const held = (await ask(client, 'status_hold', [sid])).rows[0]
  if (!held || held.ended_at) return ''
  if (told !== 'completed') {
    await ask(client, 'status_set', [held.id, told])
    return ''
  }
  const version = (await ask(client, 'policy', [held.centre_id])).rows[0]
  await ask(client, 'status_end', [
    // Long enough never to meet a page that is open: the house draws again, a rival would fall over.
    held.id, told, drawn(8), held.centre_id, held.line_id, version.id, newId(), newId(), newId(), newId()
  ])
  return ''
}

function serve () {
  const pool = new pg.Pool({ max: 16 })
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/healthz', (request, response) => response.json({ ok: true }))
  const body = express.raw({ type: () => true, limit: '256kb' })
  const take = (work) => async (request, response) => {
    const form = signed(request)
    if (!form) return response.sendStatus(403)
    const client = await pool.connect()
    let answer
    try {
      await client.query('BEGIN')
      answer = await work(client, form)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
    response.type('text/xml').send(answer || EMPTY)
  }
  app.post('/twilio/voice', body, take(voice))
  app.post('/twilio/sms', body, take(text))
  app.post('/twilio/voice/status', body, take(status))
  app.listen(Number(PORT), '127.0.0.1')
}

if (cluster.isPrimary) {
  cluster.fork()
  cluster.fork()
} else {
  serve()
}
