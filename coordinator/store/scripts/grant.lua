-- Q -> L under a new attempt, unit by unit.
-- KEYS: 1 meta  2.. units of the stages concerned
-- ARGV: 1 leader token  2.. (index of the key, sample, attempt)*
local m = redis.call('HMGET', KEYS[1], 'leader', 'state')
if not m[1] then return {'NOSHARD'} end
if m[1] ~= ARGV[1] then return {'FENCED', m[1]} end
if m[2] ~= 'RUNNING' then return {'CLOSED', m[2] or ''} end
local cells, changed, reply = {}, {}, {'OK'}
for i = 2, #ARGV, 3 do
  local key, sample, attempt = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2]
  local name = key .. ' ' .. sample
  local cell = cells[name]
  if cell == nil then cell = redis.call('HGET', key, sample) end
  local code = 'OK'
  if not cell then
    code = 'NOUNIT'
  else
    local state, held = string.match(cell, '^(%u)|(%d[%x.]*)$')
    if not state then return {'CORRUPT', name} end
    if attempt == '0' then
      code = 'BADARG'
    elseif state == 'L' and held == attempt then
      code = 'DUP'
    elseif state ~= 'Q' then
      code = 'NOTOPEN'
    elseif tonumber(string.match(attempt, '^%d+')) <= tonumber(string.match(held, '^%d+')) then
      code = 'STALE'
    else
      cell = 'L|' .. attempt
      changed[#changed + 1] = {key, sample, cell}
    end
  end
  cells[name] = cell
  reply[#reply + 1] = code
end
for _, c in ipairs(changed) do redis.call('HSET', c[1], c[2], c[3]) end
return reply
