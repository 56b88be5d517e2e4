-- L, or Q with the same attempt -> D: the record, the sums and the dependents in one step.
-- KEYS: 1 meta  2 units  3 records  4 sums  5.. units of the dependents' stages
-- ARGV: 1 leader token  2 sample  3 attempt  4 stage  5 configuration  6 record
--       7 count of dependents  8.. (index of the key, sample)*, then (metric, integer)*
local m = redis.call('HMGET', KEYS[1], 'leader', 'state', 'cfg:' .. ARGV[4])
if not m[1] then return {'NOSHARD'} end
if m[1] ~= ARGV[1] then return {'FENCED', m[1]} end
if m[2] ~= 'RUNNING' then return {'CLOSED', m[2] or ''} end
local cell = redis.call('HGET', KEYS[2], ARGV[2])
if not cell then return {'NOUNIT'} end
local state, held = string.match(cell, '^(%u)|(%d[%x.]*)$')
if not state then return {'CORRUPT', ARGV[2]} end
local stored = redis.call('HGET', KEYS[3], ARGV[2])
if state == 'D' then
  if stored == ARGV[6] then return {'DUP'} end
  return {'ALREADY'}
end
if state ~= 'L' and state ~= 'Q' then return {'NOTOPEN', state} end
if held ~= ARGV[3] then return {'STALE', held} end
if m[3] ~= ARGV[5] then return {'SKEW'} end
if #ARGV[6] == 0 or #ARGV[6] > 64 then return {'BADARG'} end
local sums = 8 + 2 * tonumber(ARGV[7])
for i = sums, #ARGV, 2 do
  local digits = string.match(ARGV[i + 1], '^-?(%d+)$')
  if not digits or #digits > 11 then return {'BADARG'} end
  local sum = redis.call('HGET', KEYS[4], ARGV[i])
  if sum and (#sum > 18 or not string.match(sum, '^-?%d+$')) then return {'CORRUPT', ARGV[i]} end
end
local freed = {}
for i = 8, sums - 1, 2 do
  local key = KEYS[tonumber(ARGV[i])]
  local dependent = redis.call('HGET', key, ARGV[i + 1])
  local attempt = dependent and string.match(dependent, '^B|(.+)$')
  if attempt then freed[#freed + 1] = {key, ARGV[i + 1], 'Q|' .. attempt} end
end

redis.call('HSET', KEYS[2], ARGV[2], 'D|' .. held)
redis.call('HSET', KEYS[3], ARGV[2], ARGV[6])
for _, c in ipairs(freed) do redis.call('HSET', c[1], c[2], c[3]) end
for i = sums, #ARGV, 2 do redis.call('HINCRBY', KEYS[4], ARGV[i], ARGV[i + 1]) end
return {'OK'}
