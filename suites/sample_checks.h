// The checks of one sample beyond types. Pure.
#pragma once

#include <string_view>

#include "assay/v1/suite.pb.h"
#include "common/config/config_errors.h"

namespace assay {

void CheckSample(const v1::Sample& sample, ConfigErrors* errors);

// [A-Za-z0-9._:-]{1,128}
bool IsSampleId(std::string_view id);

// True when a prompt holds a special token of a chat template ("</s>", "<|im_start|>"): it is sent
// as it is, and some servers take it for what it looks like.
bool HoldsSpecialToken(const v1::Sample& sample);

}  // namespace assay
