// Building v1::ResultTable, and reading the scores that go into one. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/v1/results.pb.h"

namespace assay {

// The score `name` of scorer `scorer` (its id); nullopt when the generation has no such score.
std::optional<double> ScoreOf(const v1::SampleResult& result, std::string_view scorer,
                              std::string_view name);

// The scorer's part of a result; nullptr when it has none.
const v1::ScorerResult* ScorerOf(const v1::SampleResult& result, std::string_view scorer);

// Arithmetic mean in the given order, as sum / count; nullopt of nothing.
std::optional<double> MeanOfAll(const std::vector<double>& values);

v1::ResultTable MakeTable(std::string title, const std::vector<std::string>& columns, int decimals);

// A row that begins with a name. REQUIRES: 1 + figures.size() columns. nullopt: nothing to show.
void AddTableRow(v1::ResultTable& table, const std::string& name,
                 const std::vector<std::optional<double>>& figures);

// A cell as it is shown: the text, the number with the table's decimals, or "–".
std::string CellText(const v1::ResultTable& table, const v1::TableCell& cell);

}  // namespace assay
