-- Everything about a shard at one instant. Writes nothing.
-- KEYS: 1 meta  2 sums  3 failures  4.. units, records of every stage
-- ARGV: 1.. names of the stages
if redis.call('HEXISTS', KEYS[1], 'leader') == 0 then return {'NOSHARD'} end
local stages = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 4) == 'cfg:' then stages = stages + 1 end
end
if stages ~= #ARGV then return {'RESTAGE'} end
for i = 1, #ARGV do
  if redis.call('HEXISTS', KEYS[1], 'cfg:' .. ARGV[i]) == 0 then return {'RESTAGE'} end
end
local reply = {'OK'}
for i = 1, #KEYS do reply[1 + i] = redis.call('HGETALL', KEYS[i]) end
return reply
