# Flags of our own code. Generated code (proto/) does not link this target.
add_library(assay_warnings INTERFACE)
target_compile_options(assay_warnings INTERFACE -Wall -Wextra -Wconversion -Werror)
# The optimiser of g++ 12 reports false positives inside std::string and std::variant.
target_compile_options(assay_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
