// The version that every envelope and result carries.
#pragma once

namespace assay {

inline constexpr char kBinaryVersion[] = "assay 0.1.0";
inline constexpr int kProtocolVersion = 1;

}  // namespace assay
