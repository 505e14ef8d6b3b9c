// Loaded into the vendor's CLI by NODE_OPTIONS: what it sends to the content API and to the image host goes to one
// port of this machine, in plain HTTP; every other connection is refused before it is made.
'use strict'

const dgram = require('node:dgram')
const dns = require('node:dns')
const http = require('node:http')
const https = require('node:https')
const net = require('node:net')
const { urlToHttpOptions } = require('node:url')

const PORT = Number(process.env.LOOPBACK_PORT)
const ROUTED = new Set((process.env.LOOPBACK_HOSTS || '').split(',').filter(Boolean))
const LOOPBACK = '127.0.0.1'

if (!Number.isInteger(PORT) || PORT < 1 || ROUTED.size === 0) {
  throw new Error('LOOPBACK_PORT: the port of the emulator; LOOPBACK_HOSTS: the hosts whose requests go there')
}

// The last line of defence: no socket of this process reaches another machine, whoever opens it.
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function guarded(...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]
  const target = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] }
  const host = target.host || 'localhost'
  if (target.path === undefined && (host !== LOOPBACK || Number(target.port) !== PORT)) {
    const refused = new Error(`refused to leave this machine: ${host}:${target.port}`)
    process.nextTick(() => this.destroy(refused))
    return this
  }
  return connect.apply(this, args)
}

// No name is looked up and no datagram is sent either.
function refuse(what) {
  return () => { throw new Error(`refused to leave this machine: ${what}`) }
}

for (const place of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(place)) {
    if (/^(lookup|resolve|reverse)/.test(name)) place[name] = refuse(`dns.${name}`)
  }
}
dgram.Socket.prototype.send = refuse('dgram.send')
dgram.Socket.prototype.connect = refuse('dgram.connect')

function asOptions(input, options) {
  const from = typeof input === 'string' ? urlToHttpOptions(new URL(input)) : input
  const base = from instanceof URL ? urlToHttpOptions(from) : from
  return { ...base, ...(typeof options === 'object' ? options : {}) }
}

function route(input, options, callback) {
  const wanted = asOptions(input, options)
  const done = typeof options === 'function' ? options : callback
  const host = (wanted.hostname || wanted.host || '').replace(/:\d+$/, '')
  if (!ROUTED.has(host) && host !== LOOPBACK) {
    throw new Error(`refused to leave this machine: ${host}`)
  }
  const headers = { ...wanted.headers }
  for (const name of Object.keys(headers)) if (name.toLowerCase() === 'host') delete headers[name]
  const path = wanted.path || '/'
  return plainRequest({ ...wanted, protocol: 'http:', host: LOOPBACK, hostname: LOOPBACK, port: PORT, path,
    headers, agent: undefined, servername: undefined }, done)
}

const plainRequest = http.request
for (const module of [http, https]) {
  module.request = route
  module.get = (input, options, callback) => {
    const request = route(input, options, callback)
    request.end()
    return request
  }
}
