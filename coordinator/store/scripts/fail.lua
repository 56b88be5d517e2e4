-- L, or Q with the same attempt -> F or X.
-- KEYS: 1 meta  2 units  3 failures  4.. units of the dependents' stages
-- ARGV: 1 leader token  2 sample  3 attempt  4 state  5 unit  6 record
--       7.. (index of the key, sample) of the dependents
local m = redis.call('HMGET', KEYS[1], 'leader', 'state')
if not m[1] then return {'NOSHARD'} end
if m[1] ~= ARGV[1] then return {'FENCED', m[1]} end
if m[2] ~= 'RUNNING' then return {'CLOSED', m[2] or ''} end
local cell = redis.call('HGET', KEYS[2], ARGV[2])
if not cell then return {'NOUNIT'} end
local state, held = string.match(cell, '^(%u)|(%d[%x.]*)$')
if not state then return {'CORRUPT', ARGV[2]} end
if state == 'D' then return {'ALREADY'} end
local stored = redis.call('HGET', KEYS[3], ARGV[5]) or ''
if state == ARGV[4] and held == ARGV[3] and stored == ARGV[6] then return {'DUP'} end
if state ~= 'L' and state ~= 'Q' then return {'NOTOPEN', state} end
if held ~= ARGV[3] then return {'STALE', held} end
if #ARGV[6] == 0 or #ARGV[6] > 64 then return {'BADARG'} end
if ARGV[4] ~= 'F' and ARGV[4] ~= 'X' then return {'BADARG'} end
local freed = {}
for i = 7, #ARGV, 2 do
  local key = KEYS[tonumber(ARGV[i])]
  local dependent = redis.call('HGET', key, ARGV[i + 1])
  local attempt = dependent and string.match(dependent, '^B|(.+)$')
  if attempt then freed[#freed + 1] = {key, ARGV[i + 1], 'Q|' .. attempt} end
end

redis.call('HSET', KEYS[2], ARGV[2], ARGV[4] .. '|' .. held)
redis.call('HSET', KEYS[3], ARGV[5], ARGV[6])
for _, c in ipairs(freed) do redis.call('HSET', c[1], c[2], c[3]) end
return {'OK'}
