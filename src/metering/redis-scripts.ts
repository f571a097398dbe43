/** What the Redis ledger asks of Redis: one Lua script, and so one atomic step, for each operation. Counts stay whole below 2^53. */

/** A sliding window: a sorted set of `<number>:<amount>` by moment, and a hash of its total and of the last number given. */
const WINDOWS = `
local function whole(n) return string.format('%.0f', n) end
local function amountOf(member) return tonumber(string.match(member, ':(%d+)$')) end
local function sweep(window, counts, now, span)
  local total = tonumber(redis.call('HGET', counts, 'total') or '0')
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', window, '-inf', whole(now - span))) do
    total = total - amountOf(member)
    redis.call('ZREM', window, member)
  end
  redis.call('HSET', counts, 'total', whole(total))
  redis.call('PEXPIRE', window, span)
  redis.call('PEXPIRE', counts, span)
  return total
end
local function waitFor(window, total, amount, limit, now, span)
  if total + amount <= limit then return 0 end
  local first = 0
  while true do
    local page = redis.call('ZRANGE', window, first, first + 99, 'WITHSCORES')
    if #page == 0 then return -1 end
    for i = 1, #page, 2 do
      total = total - amountOf(page[i])
      if total + amount <= limit then return math.max(1, tonumber(page[i + 1]) + span - now) end
    end
    first = first + 100
  end
end
local function put(window, counts, amount, now, span)
  if amount == 0 then return '' end
  local member = whole(redis.call('HINCRBY', counts, 'number', 1)) .. ':' .. whole(amount)
  redis.call('ZADD', window, whole(now), member)
  redis.call('HINCRBY', counts, 'total', whole(amount))
  redis.call('PEXPIRE', window, span)
  redis.call('PEXPIRE', counts, span)
  return member
end`

/** KEYS: the window, its counts. ARGV: now, windowMs, amount, limit. Returns 0 (granted), -1 (never) or a wait. */
export const TAKE = `${WINDOWS}
local now, span, amount, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local wait = waitFor(KEYS[1], sweep(KEYS[1], KEYS[2], now, span), amount, limit, now, span)
if wait == 0 then put(KEYS[1], KEYS[2], amount, now, span) end
return wait`

/**
 * KEYS: the reservation (hash), an account (hash) for each entry, a window and its counts for each window, a sorted set for each kind of
 * seats. ARGV: now, how long the reservation is kept, how long a lease is, how many accounts, how many windows, how many seats; then
 * limit, amount, expiresAt for each account; limit, amount, windowMs for each window; a limit for each kind of seats.
 * Returns {1, what each account holds, what each window holds and when its oldest part is free, how many sit}, or
 * {0, 'account' | 'window' | 'seats', its number, what it holds, or the wait (-1: never)}.
 */
export const RESERVE = `${WINDOWS}
local now, kept, lease = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local accounts, windows, seats = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local known = redis.call('EXISTS', KEYS[1]) == 1

local function account(i)
  local at = 4 + i * 3
  return KEYS[1 + i], tonumber(ARGV[at]), ARGV[at + 1], tonumber(ARGV[at + 2])
end
local function window(i)
  local key, at = accounts + i * 2, 4 + (accounts + i) * 3
  return KEYS[key], KEYS[key + 1], tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
end
local function seat(i)
  return KEYS[1 + accounts + windows * 2 + i], tonumber(ARGV[6 + (accounts + windows) * 3 + i])
end
local function balance(key)
  local held = redis.call('HMGET', key, 'used', 'expiresAt')
  return held[1] and tonumber(held[2]) > now and tonumber(held[1]) or 0
end

local totals = {}
for i = 1, windows do
  local key, counts, _, _, span = window(i)
  totals[i] = sweep(key, counts, now, span)
end
for i = 1, seats do redis.call('ZREMRANGEBYSCORE', (seat(i)), '-inf', ARGV[1]) end

if not known then
  local asked = {}
  for i = 1, accounts do
    local key, limit, amount = account(i)
    asked[key] = (asked[key] or 0) + tonumber(amount)
    if balance(key) + asked[key] > limit then return {0, 'account', i, balance(key)} end
  end
  local longest, last = 0, 0
  for i = 1, windows do
    local key, _, limit, amount, span = window(i)
    local wait = waitFor(key, totals[i], amount, limit, now, span)
    if longest ~= -1 and (wait == -1 or wait > longest) then longest, last = wait, i end
  end
  if longest ~= 0 then return {0, 'window', last, longest} end
  for i = 1, seats do
    local key, limit = seat(i)
    local running = redis.call('ZCARD', key)
    if running >= limit then return {0, 'seats', i, running} end
  end

  redis.call('HSET', KEYS[1], 'at', ARGV[1])
  for i = 1, accounts do
    local key, _, amount, expiresAt = account(i)
    local old = tonumber(redis.call('HGET', key, 'expiresAt') or '-1')
    if old <= now then redis.call('HSET', key, 'used', '0', 'since', ARGV[1])
    elseif now < tonumber(redis.call('HGET', key, 'since')) then redis.call('HSET', key, 'since', ARGV[1]) end
    local till = math.max(old, expiresAt)
    redis.call('HINCRBY', key, 'used', amount)
    redis.call('HSET', key, 'expiresAt', whole(till))
    redis.call('PEXPIRE', key, whole(math.max(1, till - now)))
    redis.call('HINCRBY', KEYS[1], 'a:' .. key, amount)
  end
  for i = 1, windows do
    local key, counts, _, amount, span = window(i)
    redis.call('HSET', KEYS[1], 'w:' .. key, put(key, counts, amount, now, span))
    totals[i] = totals[i] + amount
  end
  for i = 1, seats do
    redis.call('ZADD', (seat(i)), whole(now + lease), KEYS[1])
    redis.call('PEXPIRE', (seat(i)), ARGV[3])
  end
  redis.call('PEXPIRE', KEYS[1], kept)
end

local answer = {1}
for i = 1, accounts do table.insert(answer, balance((account(i)))) end
for i = 1, windows do
  local key, _, _, _, span = window(i)
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  table.insert(answer, totals[i])
  table.insert(answer, oldest and math.max(1, tonumber(oldest) + span - now) or 0)
end
for i = 1, seats do table.insert(answer, redis.call('ZCARD', (seat(i)))) end
return answer`

/**
 * KEYS: the reservation, the accounts, a window and its counts for each window, the seats. ARGV: how many accounts, how many windows; what
 * each account has used; what was taken of each window. Returns what each account holds, or -1 where it is not counted.
 */
export const SETTLE = `${WINDOWS}
local accounts, windows = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = tonumber(redis.call('HGET', KEYS[1], 'at') or '-1')
local answer = {}
for i = 1, accounts do
  local key = KEYS[1 + i]
  local reserved = redis.call('HGET', KEYS[1], 'a:' .. key)
  local since = redis.call('HGET', key, 'since')
  if reserved and since and tonumber(since) <= at then
    table.insert(answer, redis.call('HINCRBY', key, 'used', whole(tonumber(ARGV[2 + i]) - tonumber(reserved))))
  else
    table.insert(answer, -1)
  end
end
for i = 1, windows do
  local window, counts = KEYS[accounts + i * 2], KEYS[accounts + i * 2 + 1]
  local member = redis.call('HGET', KEYS[1], 'w:' .. window)
  local moment = member and member ~= '' and redis.call('ZSCORE', window, member)
  if moment then
    local amount, reserved = ARGV[2 + accounts + i], amountOf(member)
    if tonumber(amount) > 0 then redis.call('ZADD', window, moment, string.match(member, '^%d+:') .. amount) end
    if tonumber(amount) ~= reserved then redis.call('ZREM', window, member) end
    redis.call('HINCRBY', counts, 'total', whole(tonumber(amount) - reserved))
  end
end
for i = 2 + accounts + windows * 2, #KEYS do redis.call('ZREM', KEYS[i], KEYS[1]) end
redis.call('DEL', KEYS[1])
return answer`

/** KEYS: sorted sets of seats, one for each ARGV after the first two. ARGV: now, how long a lease is, who sits in each. */
export const RENEW = `
for i = 1, #KEYS do
  redis.call('ZADD', KEYS[i], string.format('%.0f', tonumber(ARGV[1]) + tonumber(ARGV[2])), ARGV[2 + i])
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
return 1`
