-- Gives the leadership up, if it is still held.
-- KEYS: 1 leader
-- ARGV: 1 value
local holder = redis.call('GET', KEYS[1])
if holder ~= ARGV[1] then return {'LOST', holder or ''} end
redis.call('DEL', KEYS[1])
return {'OK'}
