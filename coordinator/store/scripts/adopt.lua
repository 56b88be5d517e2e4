-- Makes a leader of a higher epoch the owner of a shard.
-- KEYS: 1 meta
-- ARGV: 1 leader token
local owner = redis.call('HGET', KEYS[1], 'leader')
if not owner then return {'NOSHARD'} end
if owner == ARGV[1] then return {'DUP'} end
local held = string.match(owner, '^(%d+):')
local asked = string.match(ARGV[1], '^(%d+):')
if #held > #asked or (#held == #asked and held >= asked) then return {'FENCED', owner} end
redis.call('HSET', KEYS[1], 'leader', ARGV[1])
return {'OK'}
