// Which of the subjects that windows of a text name in their own words are one. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace assay {

// Words without letter case (NFKC, full folding), marks around them, repeated white space and a
// leading article: "The  PIER." is "pier".
std::string PlainForm(const std::string& words);

// The group of each subject; those of one group are one subject: of the same PlainForm without
// titles such as "Dr."; or names, every word with a capital letter, of which the shorter has its
// words in the longer, in order ("Ada Byron", "Ada Augusta Byron", "Ada"). They stay apart where
// titles tell a man from a woman or "Mr. Voss" may be any of the family; where the longer name adds
// a number, "Junior" or a word for a thing ("London Bridge"); and where the shorter one fits two
// longer names that are not one.
std::vector<std::size_t> GroupSubjects(const std::vector<std::string>& subjects);

}  // namespace assay
