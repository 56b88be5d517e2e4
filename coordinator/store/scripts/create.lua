-- Makes a shard, or replaces one of a lower revision.
-- KEYS: 1 meta  2 sums  3 failures  4.. units, records of each stage named in ARGV
-- ARGV: 1 leader token  2 revision  3 'ok', or 'bad' for seeds that cannot be stored  4 detail
--       5 count of new stages  6 count of stages named beside them, to be removed  7.. their names
--       then for each new stage: configuration, count of units, (sample, cell)*, count of records,
--       (sample, record)*; then count of failures, (unit, record)*; then (metric, integer)*
local m = redis.call('HMGET', KEYS[1], 'leader', 'rev')
if m[1] then
  if m[1] ~= ARGV[1] then
    local held = string.match(m[1], '^(%d+):')
    local asked = string.match(ARGV[1], '^(%d+):')
    if #held > #asked or (#held == #asked and held >= asked) then return {'FENCED', m[1]} end
  end
  if tonumber(m[2]) >= tonumber(ARGV[2]) then return {'EXISTS'} end
end
if ARGV[3] ~= 'ok' then return {'BADARG', ARGV[4]} end
local stages = tonumber(ARGV[5])
local named = stages + tonumber(ARGV[6])
local known = {}
for i = 1, named do known[ARGV[6 + i]] = true end
local restage = {'RESTAGE'}
if m[1] then
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    local stage = string.match(field, '^cfg:(.*)$')
    if stage and not known[stage] then restage[#restage + 1] = stage end
  end
end
if #restage > 1 then return restage end

local at = 7 + named
local function take(key)
  local last = at + 2 * tonumber(ARGV[at])
  local i = at + 1
  while i <= last do
    local upto = math.min(i + 999, last)
    redis.call('HSET', key, unpack(ARGV, i, upto))
    i = upto + 1
  end
  at = last + 1
end
for i = 1, #KEYS do redis.call('DEL', KEYS[i]) end
redis.call('HSET', KEYS[1], 'leader', ARGV[1], 'rev', ARGV[2], 'state', 'RUNNING')
for i = 1, stages do
  redis.call('HSET', KEYS[1], 'cfg:' .. ARGV[6 + i], ARGV[at])
  at = at + 1
  take(KEYS[2 + 2 * i])
  take(KEYS[3 + 2 * i])
end
take(KEYS[3])
for i = at, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return {'OK'}
