# cmake -DMANIFEST=... -DSAMPLES=... -DPREFIX=kStarter -DOUTPUT=x.cc -P embed_suite.cmake
# Writes the two files of a suite as string literals.
file(READ "${MANIFEST}" manifest)
file(READ "${SAMPLES}" samples)
file(WRITE "${OUTPUT}" "// Made by suites/embed_suite.cmake.
#include <string_view>

namespace assay {

extern const std::string_view ${PREFIX}Manifest;
extern const std::string_view ${PREFIX}Samples;
const std::string_view ${PREFIX}Manifest = R\"assay_file(")
file(APPEND "${OUTPUT}" "${manifest}" ")assay_file\";
const std::string_view ${PREFIX}Samples = R\"assay_file(" "${samples}" ")assay_file\";

}  // namespace assay
")
