// Lists of claims and topics out of the replies of published extractors, read as their own code
// reads them (official) or only where they are clear (strict). Reference: claims-and-judges.md
// sections 2 and 3; each function names its pipeline. Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// nullopt in the functions below, only where `strict`: the reply says nothing that can be relied
// on: it is blank or it loops (more than half of at least 20 claims repeat an earlier one).
using ClaimList = std::optional<std::vector<std::string>>;

// ICAT: one claim a line, blank lines left out, bullets and numbers kept. Strict: they are taken
// off.
ClaimList ReadIcatClaims(std::string_view reply, bool strict);

// FActScore: what stands behind each "- ", wherever it stands; the last gets its full stop. Strict:
// lines that begin with "- ", "* " or a number, and nullopt when there is none.
ClaimList ReadFactScoreFacts(std::string_view reply, bool strict);

// VeriScore's claims of one sentence: one a line, every "- " taken out, a leading number too, notes
// left out; none for a reply with "No verifiable claim.". Strict: only a leading bullet or number
// is taken off, and the phrase counts without its full stop.
ClaimList ReadVeriScoreClaims(std::string_view reply, bool strict);

// RefChecker and RAGChecker: a triplet ("subject", "predicate", "object") a line, once each, in
// this form. Official: a line that Python could not evaluate is split at ", ", and a line with
// several triplets gives none. Strict: each of a line is read, what is no triplet of texts is not,
// and nullopt when there is none.
ClaimList ReadTriplets(std::string_view reply, bool strict);

// ICAT's generated subtopics: lines {"topic": "..."}, at most 10. Official: a line must begin so.
// Strict: fences and a JSON array are read too, and nullopt when a line cannot be.
ClaimList ReadIcatTopics(std::string_view reply, bool strict);

}  // namespace assay
