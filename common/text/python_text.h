// Python 3.11's (Unicode 14) notions of word, space, digit, strip, float and round, to the code
// point: official scorers were written in Python, and RE2 and ICU differ from it. The tables are
// generated from the interpreter itself (tables/generate.py). Pure functions, thread-safe.
//
// Text is UTF-8 (utf8.h has ValidateUtf8); a byte that is not valid counts as U+FFFD, which is
// neither word, space nor digit.
#pragma once

#include <optional>
#include <string_view>

#include "common/text/utf8.h"

namespace assay {

// \w of a str pattern: str.isalnum() or "_". Combining marks are not.
bool IsPythonWord(char32_t code_point);

// \s of a str pattern, which is also str.isspace() of one character.
bool IsPythonSpace(char32_t code_point);

// \d of a str pattern: category Nd.
bool IsPythonDigit(char32_t code_point);

// Value 0..9 of a \d character. REQUIRES: IsPythonDigit(code_point).
int PythonDigitValue(char32_t code_point);

// White space around a number, to int() and float(): as IsPythonSpace but for \x1c..\x1f.
bool IsPythonNumberSpace(char32_t code_point);

// str.isspace(): not empty and white space only.
bool IsAllPythonSpace(std::string_view text);

// str.strip(), a part of `text`.
std::string_view PythonStrip(std::string_view text);

// str.strip(characters): every code point of `characters` is removed from both ends.
std::string_view PythonStrip(std::string_view text, std::string_view characters);

// float(str): surrounding white space, "_" between digits, any script's digits, inf and nan;
// nullopt where Python raises ValueError.
std::optional<double> PythonFloat(std::string_view text);

// round(value, digits): correctly rounded from the binary value, ties to even.
// REQUIRES: 0 <= digits <= 300.
double PythonRound(double value, int digits);

}  // namespace assay
