// str.lower() of Python 3.11, as official scorers fold texts. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace assay {

// Full mappings: "İ" becomes two code points, and a sigma that ends a word is the final one. Bytes
// that are no UTF-8 stay as they are.
std::string PythonLower(std::string_view text);

// Whether that changes no other letters than A to Z.
bool LowersInAsciiOnly(std::string_view text);

}  // namespace assay
