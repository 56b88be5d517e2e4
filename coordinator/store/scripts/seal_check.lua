-- Counts the units by state and, when none is open and it is asked for, closes the shard.
-- KEYS: 1 meta  2 sums  3.. units of every stage
-- ARGV: 1 leader token  2 '1' to close  3.. names of the stages
local m = redis.call('HMGET', KEYS[1], 'leader', 'state')
if not m[1] then return {'NOSHARD'} end
if m[1] ~= ARGV[1] then return {'FENCED', m[1]} end
local stages = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 4) == 'cfg:' then stages = stages + 1 end
end
if stages ~= #ARGV - 2 then return {'RESTAGE'} end
for i = 3, #ARGV do
  if redis.call('HEXISTS', KEYS[1], 'cfg:' .. ARGV[i]) == 0 then return {'RESTAGE'} end
end
local total = 0
local count = {B = 0, Q = 0, L = 0, D = 0, F = 0, X = 0, C = 0, U = 0}
for k = 3, #KEYS do
  for _, cell in ipairs(redis.call('HVALS', KEYS[k])) do
    local state = string.match(cell, '^(%u)|%d[%x.]*$')
    if not state or not count[state] then return {'CORRUPT', KEYS[k]} end
    total = total + 1
    count[state] = count[state] + 1
  end
end
local code = 'OK'
local sums = redis.call('HGETALL', KEYS[2])
if count.B + count.Q + count.L > 0 then
  code = 'NOTOPEN'
elseif ARGV[2] == '1' and m[2] ~= 'SEALING' then
  redis.call('HSET', KEYS[1], 'state', 'SEALING')
end
return {code, total, count.B, count.Q, count.L, count.D, count.F, count.X, count.C, sums}
