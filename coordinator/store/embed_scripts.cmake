# cmake -DFOLDER=... -DOUTPUT=x.cc -DNAMES="adopt create ..." -P embed_scripts.cmake
# Writes the Lua files as string literals: kAdoptScriptText and so on.
string(REPLACE " " ";" names "${NAMES}")
file(WRITE "${OUTPUT}" "// Made by coordinator/store/embed_scripts.cmake.
#include <string_view>

namespace assay {
")
foreach(name ${names})
  file(READ "${FOLDER}/${name}.lua" text)
  string(REPLACE "_" ";" words "${name}")
  set(constant "k")
  foreach(word ${words})
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND constant "${first}${rest}")
  endforeach()
  file(APPEND "${OUTPUT}" "
extern const std::string_view ${constant}ScriptText;
const std::string_view ${constant}ScriptText = R\"lua_file(" "${text}" ")lua_file\";
")
endforeach()
file(APPEND "${OUTPUT}" "
}  // namespace assay
")
