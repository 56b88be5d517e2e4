-- Extends the leadership of its holder.
-- KEYS: 1 leader
-- ARGV: 1 value  2 time to live in ms
local holder = redis.call('GET', KEYS[1])
if holder ~= ARGV[1] then return {'LOST', holder or ''} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'OK'}
