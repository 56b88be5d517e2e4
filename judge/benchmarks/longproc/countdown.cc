#include "judge/benchmarks/longproc/countdown.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/text/python_split.h"
#include "common/text/python_text.h"

namespace assay {
namespace {

constexpr std::int64_t kTooLarge = 2000;  // intermediate results stay below
constexpr std::size_t kNumbers = 4;
constexpr std::string_view kHeader = "# Search Procedure";
constexpr std::string_view kTraceEnd = "Now we have found the target";

using Numbers = std::vector<std::int64_t>;

std::string Indent(std::size_t level) { return level == 0 ? "" : std::string(level, ' ') + "|- "; }

std::string OneDecimal(double value) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.1f", value);
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string PairsOf(const Numbers& numbers) {
  std::vector<std::string> pairs;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (std::size_t j = i + 1; j < numbers.size(); ++j) {
      pairs.push_back(absl::StrCat("(", numbers[i], ", ", numbers[j], ")"));
    }
  }
  return absl::StrCat("[", absl::StrJoin(pairs, ", "), "]");
}

// One operation on two numbers, as the search shows it.
struct Operation {
  std::string equation;
  std::optional<std::int64_t> result;  // nullopt: no whole number, `rejection` says so
  std::string rejection;
};

std::array<Operation, 4> OperationsOn(std::int64_t a, std::int64_t b) {
  const auto whole = [&](const char* sign, std::int64_t result) {
    return Operation{absl::StrCat(a, sign, b, " = ", result), result, ""};
  };
  std::array<Operation, 4> operations = {whole(" + ", a + b), whole(" - ", a - b),
                                         whole(" * ", a * b), Operation{}};
  Operation& division = operations[3];
  if (b == 0) {
    division = {absl::StrCat(a, " / ", b, " (invalid operation)"), std::nullopt,
                "drop this branch."};
  } else if (a % b == 0) {
    division = whole(" / ", a / b);
  } else {
    const std::string quotient = OneDecimal(static_cast<double>(a) / static_cast<double>(b));
    division = {absl::StrCat(a, " / ", b, " = ", quotient), std::nullopt,
                absl::StrCat(quotient, " is a decimal, drop this branch.")};
  }
  return operations;
}

class Search {
 public:
  explicit Search(std::int64_t target) : target_(target) {}

  bool Run(const Numbers& numbers) {
    absl::StrAppend(&log_, "Initial number set: ", CountdownNumbers(numbers), ", target: ", target_,
                    ". Options for choosing two numbers: ", PairsOf(numbers), ".");
    return Explore(numbers, 1);
  }

  const std::string& log() const { return log_; }
  // In the order of the solution. REQUIRES: Run returned true.
  std::vector<std::string> equations() const { return {equations_.rbegin(), equations_.rend()}; }

 private:
  // Picks two numbers at `depth`; with two left there is no choice, and they are not announced.
  bool Explore(const Numbers& numbers, std::size_t depth) {
    const bool choice = numbers.size() > 2;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      for (std::size_t j = i + 1; j < numbers.size(); ++j) {
        Numbers left;
        for (std::size_t k = 0; k < numbers.size(); ++k) {
          if (k != i && k != j) left.push_back(numbers[k]);
        }
        if (choice) {
          absl::StrAppend(&log_, "\n", Indent(depth), "Pick two numbers (", numbers[i], ", ",
                          numbers[j], ") (numbers left: ", CountdownNumbers(left),
                          "). Try possible operations.");
        }
        const auto [small, large] = std::minmax(numbers[i], numbers[j]);
        for (const Operation& operation : OperationsOn(large, small)) {
          if (!Try(operation, left, depth + 1)) continue;
          equations_.push_back(operation.equation);
          return true;
        }
      }
    }
    return false;
  }

  bool Try(const Operation& operation, const Numbers& left, std::size_t depth) {
    absl::StrAppend(&log_, "\n", Indent(depth), "Try ", operation.equation, ". ");
    if (!operation.result) {
      log_ += operation.rejection;
      return false;
    }
    const std::int64_t result = *operation.result;
    if (result >= kTooLarge) {
      absl::StrAppend(&log_, result, " exceeds the maximum intermediate result, drop this branch.");
      return false;
    }
    if (left.empty()) {
      const bool found = result == target_;
      absl::StrAppend(&log_, "Evaluate ", result, found ? " == " : " != ", target_,
                      found ? ", target found!" : ", drop this branch.");
      return found;
    }
    Numbers numbers = {result};
    numbers.insert(numbers.end(), left.begin(), left.end());
    absl::StrAppend(&log_, "Add ", result,
                    " to the number set. Current number set: ", CountdownNumbers(numbers),
                    ", target: ", target_);
    if (numbers.size() == 2) {
      log_ += ", just two numbers left.";
      return Explore(numbers, depth);
    }
    absl::StrAppend(&log_, ". Options for choosing two numbers: ", PairsOf(numbers), ".");
    return Explore(numbers, depth + 1);
  }

  const std::int64_t target_;
  std::string log_;
  std::vector<std::string> equations_;  // the last first
};

// A decimal literal of Python: digits with single underscores between them, no leading zero.
bool IsPythonIntLiteral(std::string_view text) {
  bool digit_before = false;
  bool only_zeros = true;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c == '_' && digit_before)) return false;
    if (digit && c != '0') only_zeros = false;
    digit_before = digit;
  }
  return digit_before && (text.front() != '0' || only_zeros);
}

// Without the blanks that Python's tokenizer skips: at the end of an expression also line ends.
std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\f");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\f\r") - begin + 1);
}

// A blank last line of an expression that is indented is an error of Python's.
bool IsIndentedAtEnd(std::string_view text) {
  return text.find('\r') != std::string_view::npos && (text.ends_with(' ') || text.ends_with('\t'));
}

struct Equation {
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t result = 0;
};

// Whether `a sign b` is `result`. The numbers are far below what would overflow.
bool Holds(const Equation& equation, char sign) {
  const auto& [a, b, result] = equation;
  switch (sign) {
    case '+':
      return a + b == result;
    case '-':
      return a - b == result;
    case '*':
      return a * b == result;
    default:
      return b != 0 && a % b == 0 && a / b == result;
  }
}

// Of the operands that int() accepts and that Python's evaluation of the whole side accepts too:
// plain literals, a first one with a minus sign where the operation is an addition.
std::optional<std::int64_t> OperandOf(std::string_view text, bool may_be_negative) {
  const bool negative = may_be_negative && text.starts_with('-');
  if (!IsPythonIntLiteral(negative ? text.substr(1) : text)) return std::nullopt;
  return PythonInt(text);
}

// "a + b = c" with a true result; nullopt for anything else. The official script runs the left side
// as Python and wants its two halves to be whole numbers, which leaves just this form.
std::optional<Equation> TrueEquation(std::string_view line) {
  constexpr std::int64_t kLargest =
      2'000'000'000;  // beyond all that four numbers can make and keep
  line = PythonStrip(line);
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals != line.rfind('=')) return std::nullopt;
  const std::string_view left = line.substr(0, equals);
  std::size_t at = std::string_view::npos;
  for (const char sign : {'+', '-', '*', '/'}) {
    at = left.find(sign);
    if (at == std::string_view::npos) continue;
    if (left.find(sign, at + 1) != std::string_view::npos) return std::nullopt;
    break;
  }
  if (at == std::string_view::npos) return std::nullopt;
  const bool addition = left[at] == '+';
  const std::string_view first = left.substr(0, at);
  const std::string_view second = left.substr(at + 1);
  if (first.find('\r') != std::string_view::npos || IsIndentedAtEnd(second)) return std::nullopt;
  const auto a = OperandOf(Trimmed(first), addition);
  const auto b = OperandOf(Trimmed(second), addition);
  const auto result = PythonInt(line.substr(equals + 1));
  if (!a || !b || !result) return std::nullopt;
  for (const std::int64_t number : {*a, *b, *result}) {
    if (number < -kLargest || number > kLargest) return std::nullopt;
  }
  const Equation equation{*a, *b, *result};
  return Holds(equation, left[at]) ? std::optional(equation) : std::nullopt;
}

// Why the three equations do not lead to the target; empty: they do.
std::string SolutionProblem(const CountdownProblem& problem, std::string_view solution) {
  const std::vector<std::string_view> lines = PythonSplit(solution, "\n");
  if (lines.size() != kNumbers - 1) {
    return absl::StrCat(lines.size(), " lines of solution, expected 3");
  }
  Numbers numbers = problem.numbers;
  const auto take = [&](std::int64_t number) {
    const auto found = std::find(numbers.begin(), numbers.end(), number);
    if (found == numbers.end()) return false;
    numbers.erase(found);
    return true;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::optional<Equation> equation = TrueEquation(lines[i]);
    if (!equation) return LineProblem(i, "a true equation of two numbers", lines[i]);
    if (!take(equation->a) || !take(equation->b)) {
      return LineProblem(i, absl::StrCat("numbers of ", CountdownNumbers(numbers)), lines[i]);
    }
    numbers.push_back(equation->result);
  }
  if (numbers.front() == problem.target) return "";
  return absl::StrCat("the equations lead to ", numbers.front(), ", not to ", problem.target);
}

std::string_view BeforeEquals(std::string_view line) { return line.substr(0, line.find('=')); }

bool Drops(std::string_view line) {
  return line.find("drop this branch") != std::string_view::npos;
}

// Whether a line of a search does what the reference's does.
bool SameAction(std::string_view wanted, std::string_view found) {
  if (wanted == found) return true;
  if (wanted.find("Pick two numbers") != std::string_view::npos) return false;
  return BeforeEquals(wanted) == BeforeEquals(found) && Drops(wanted) == Drops(found);
}

// REQUIRES: `text` has the header.
std::string_view AfterLastHeader(std::string_view text) {
  for (std::size_t at = text.find(kHeader); at != std::string_view::npos; at = text.find(kHeader)) {
    text.remove_prefix(at + kHeader.size());
  }
  return text;
}

// REQUIRES: `reply` has the header.
double PartialSearch(std::string_view reference, std::string_view reply, std::string& problem) {
  std::string_view trace = AfterLastHeader(reference);
  trace = trace.substr(0, trace.find(kTraceEnd));
  trace = PythonStrip(trace);
  const std::size_t lines = CountLines(trace);
  std::optional<std::string_view> wanted = trace;
  std::optional<std::string_view> found = PythonStrip(AfterLastHeader(reply));
  const std::string_view wanted_first = *TakeLine(wanted);
  const std::string_view found_first = *TakeLine(found);
  if (wanted_first != found_first) {
    problem = LineProblem(0, wanted_first, found_first);
    return 0;
  }
  double last = -1;
  for (std::size_t i = 1; wanted && found; ++i) {
    last += 1;
    const std::string_view wanted_line = *TakeLine(wanted);
    const std::string_view found_line = *TakeLine(found);
    if (SameAction(wanted_line, found_line)) continue;
    problem = LineProblem(i, wanted_line, found_line);
    break;
  }
  return last / static_cast<double>(lines - 1);
}

}  // namespace

std::string CountdownNumbers(const std::vector<std::int64_t>& numbers) {
  return absl::StrCat("[", absl::StrJoin(numbers, ", "), "]");
}

absl::StatusOr<std::string> CountdownReference(const CountdownProblem& problem) {
  const bool usable =
      std::all_of(problem.numbers.begin(), problem.numbers.end(),
                  [](std::int64_t number) { return number >= 0 && number <= kMaxCountdownNumber; });
  if (problem.numbers.size() != kNumbers || !usable) {
    return InvalidArgument(absl::StrCat("expected four numbers from 0 to ", kMaxCountdownNumber,
                                        ", found ", CountdownNumbers(problem.numbers)));
  }
  Search search(problem.target);
  if (!search.Run(problem.numbers)) {
    return InvalidArgument(absl::StrCat("no way leads from ", CountdownNumbers(problem.numbers),
                                        " to ", problem.target));
  }
  const std::vector<std::string> equations = search.equations();
  return absl::StrCat(std::string(kHeader), "\n", search.log(), "\n\n", std::string(kTraceEnd),
                      ", let's trace back the solution:\nFinal step: ", equations[2],
                      "\nThe step before: ", equations[1], "\nThe first step: ", equations[0],
                      "\n\nOutput the solution in the required format:\n<Solution>\n",
                      absl::StrJoin(equations, "\n"), "\n</Solution>\n");
}

std::string CountdownExamples() {
  std::vector<std::string> examples;
  for (const CountdownProblem& problem :
       {CountdownProblem{{40, 19, 23, 7}, 29}, CountdownProblem{{9, 16, 6, 18}, 12}}) {
    examples.push_back(absl::StrCat("# Example\nNumbers: ", CountdownNumbers(problem.numbers),
                                    "\nTarget: ", problem.target, "\n\n",
                                    *CountdownReference(problem)));
  }
  return absl::StrJoin(examples, "\n\n");
}

LongProcScore ScoreCountdown(const CountdownProblem& problem, std::string_view reference,
                             std::string_view reply) {
  LongProcScore score;
  const std::optional<std::string_view> solution = TaggedPart(reply, "Solution");
  score.extracted = solution ? 1 : 0;
  score.problem = solution ? SolutionProblem(problem, *solution) : "no <Solution> ... </Solution>";
  if (score.problem.empty()) {
    score.score = score.partial = 1;
    score.parsed = *solution;
    return score;
  }
  if (reply.find(kHeader) != std::string_view::npos) {
    score.partial = PartialSearch(reference, reply, score.problem);
  }
  return score;
}

}  // namespace assay
