-- One append, whole or not at all: everything that can refuse comes before the first write.
--
-- KEYS  meta, log, versions, private, commands, collections, leases, then one hash for each document that is written
-- ARGV  epoch, command id, offset and check of the last entry that the caller knows ("0" and "": none),
--       most entries, fence (what is done, "": none; token), number of guards, of drafts, of documents, then
--       a guard: stream, version · a draft: stream, body, "1" and ciphertext or "0" and ""
--       a document: collection, id, "1" and ciphertext or "0" and "" (delete)
--
-- Answers one line of text, for that is the cheapest to parse:
--   N (no such journal) · E (another epoch) · R after last (a repeat: what it wrote the first time)
--   L (the lease is somebody else's) · C guard actual (conflict, guards count from 1) · F (full)
--   · A after at version version ...
local meta, log, versions, private, commands, collections, leases = unpack(KEYS, 1, 7)
local call, sha1, format = redis.call, redis.sha1hex, string.format

local head = call('HMGET', meta, 'epoch', 'offset', 'at')
if not head[1] then return 'N' end
if head[1] ~= ARGV[1] then return 'E' end
if ARGV[3] ~= '0' then -- a journal that was restored or forked under its epoch is another one
  local known = call('XRANGE', log, ARGV[3] .. '-0', ARGV[3] .. '-0')[1]
  if not known or known[2][4] ~= ARGV[4] then return 'E' end
end
local first = call('HGET', commands, ARGV[2])
if first then return 'R ' .. first end

if ARGV[6] ~= '' then -- who was stopped, and wakes up after another has taken over, writes nothing
  local held = call('HGET', leases, ARGV[6])
  if not held or string.match(held, '^%d+') ~= ARGV[7] then return 'L' end
end

local guards, drafts, documents = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local place = 11
for guard = 1, guards do
  local actual = call('HGET', versions, ARGV[place]) or '0'
  if actual ~= ARGV[place + 1] then return 'C ' .. guard .. ' ' .. actual end
  place = place + 2
end
local after = tonumber(head[2] or '0')
if after + drafts > tonumber(ARGV[5]) then return 'F' end

-- The store's clock, and never before the predecessor's: an operator may have set it back.
local now = call('TIME')
local at = math.max(tonumber(now[1]) * 1000000 + tonumber(now[2]), tonumber(head[3] or '0'))
local answer = {'A', format('%.0f', after), format('%.0f', at)}

for n = 1, drafts do
  local stream, body = ARGV[place], ARGV[place + 1]
  local version = tonumber(call('HGET', versions, stream) or '0') + 1
  -- chain.canonical_bytes, and a check over it made where it is stored.
  local entry = format('%.0f:%.0f:%.0f:%.0f:', after + n, version, at, #stream) .. stream .. ':' .. body
  -- The entry first: should the log not follow on the head, this fails before anything was written.
  call('XADD', log, format('%.0f-0', after + n), 'e', entry, 'c', string.sub(sha1(entry), 1, 16))
  call('HSET', versions, stream, format('%.0f', version))
  if ARGV[place + 2] == '1' then call('HSET', private, format('%.0f', after + n), ARGV[place + 3]) end
  answer[n + 3] = format('%.0f', version)
  place = place + 4
end

if drafts > 0 then call('HSET', meta, 'offset', format('%.0f', after + drafts), 'at', answer[3]) end
call('HSET', commands, ARGV[2], format('%.0f %.0f', after, after + drafts))

for n = 1, documents do
  if ARGV[place + 2] == '1' then
    call('HSET', KEYS[7 + n], ARGV[place + 1], ARGV[place + 3])
    call('SADD', collections, ARGV[place])
  else
    call('HDEL', KEYS[7 + n], ARGV[place + 1])
  end
  place = place + 4
end
return table.concat(answer, ' ')
