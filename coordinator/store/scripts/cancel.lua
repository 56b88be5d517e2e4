-- Every open unit of the shard -> C.
-- KEYS: 1 meta  2.. units of every stage
-- ARGV: 1 leader token  2.. names of the stages
local m = redis.call('HMGET', KEYS[1], 'leader', 'state')
if not m[1] then return {'NOSHARD'} end
if m[1] ~= ARGV[1] then return {'FENCED', m[1]} end
if m[2] ~= 'RUNNING' then return {'CLOSED', m[2] or ''} end
local stages = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 4) == 'cfg:' then stages = stages + 1 end
end
if stages ~= #ARGV - 1 then return {'RESTAGE'} end
for i = 2, #ARGV do
  if redis.call('HEXISTS', KEYS[1], 'cfg:' .. ARGV[i]) == 0 then return {'RESTAGE'} end
end
local changed = {}
for k = 2, #KEYS do
  local cells = redis.call('HGETALL', KEYS[k])
  for i = 1, #cells, 2 do
    local state, held = string.match(cells[i + 1], '^(%u)|(%d[%x.]*)$')
    if not state then return {'CORRUPT', KEYS[k] .. ' ' .. cells[i]} end
    if state == 'B' or state == 'Q' or state == 'L' then
      changed[#changed + 1] = {KEYS[k], cells[i], 'C|' .. held}
    end
  end
end
if #changed == 0 then return {'DUP'} end
for _, c in ipairs(changed) do redis.call('HSET', c[1], c[2], c[3]) end
return {'OK'}
