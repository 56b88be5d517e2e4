-- Takes the leadership when nobody holds it. Repeated by the same candidate: the same answer.
-- KEYS: 1 leader  2 epoch
-- ARGV: 1 nonce  2 time to live in ms  3 address  4 an epoch that must be exceeded
local holder = redis.call('GET', KEYS[1])
if holder then
  local epoch, nonce = string.match(holder, '^(%d+):(%S+)')
  if nonce == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return {'ELECTED', epoch}
  end
  return {'HELD', holder, redis.call('PTTL', KEYS[1])}
end
local epoch = tonumber(redis.call('GET', KEYS[2]) or '0')
epoch = string.format('%d', math.max(epoch, tonumber(ARGV[4])) + 1)
redis.call('SET', KEYS[2], epoch)
redis.call('SET', KEYS[1], epoch .. ':' .. ARGV[1] .. ' ' .. ARGV[3], 'PX', ARGV[2])
return {'ELECTED', epoch}
