# cmake -DFOLDER=... -DNAMES=a/b|c/d -DHEADER=x.h -DFUNCTION=PromptData -DOUTPUT=x.cc -P embed_prompts.cmake
# Writes prompt files as string literals in a table. Pieces stay under the length that every compiler
# takes for one literal.
file(WRITE "${OUTPUT}" "// Made by cmake/embed_prompts.cmake.
#include \"${HEADER}\"

namespace assay {

const std::vector<std::pair<std::string, std::string>>& ${FUNCTION}() {
  static const auto* const kData = new std::vector<std::pair<std::string, std::string>>{
")
string(REPLACE "|" ";" names "${NAMES}")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}.txt" text)
  file(APPEND "${OUTPUT}" "      {\"${name}\", R\"assay_prompt(" "${text}" ")assay_prompt\"},\n")
endforeach()
file(APPEND "${OUTPUT}" "  };
  return *kData;
}

}  // namespace assay
")
