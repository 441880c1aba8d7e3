#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "tests/unit/rules/condition_fixture.h"

// Random conditions against a second evaluator that shares nothing with the first: a tree of its
// own, and for intervals plain sampling of the numbers in them.
namespace revisitd::rules {
namespace {

constexpr double kTiny = 1.0 / 65536;      // from an open end to the nearest sample
constexpr double kHuge = 1024.0 * 1024.0;  // stands for the numbers up to infinity

struct Tree {
  enum Kind { number, signal, negate, arithmetic, compare, negation, both, either };

  Kind kind;
  std::string op;  // of arithmetic and compare
  double constant = 0;
  std::string name;
  std::unique_ptr<Tree> left, right;
};
using TreePtr = std::unique_ptr<Tree>;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed * 7919 + 1) {}

  int below(int n) { return static_cast<int>(engine_() / 64 % static_cast<unsigned>(n)); }
  bool once_in(int n) { return below(n) == 0; }
  std::string one_of(const std::vector<std::string>& words) {
    return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
  }

  TreePtr number_tree(int depth) {
    auto tree = std::make_unique<Tree>();
    if (depth == 0 || once_in(3)) {
      tree->kind = once_in(3) ? Tree::number : Tree::signal;
      tree->constant = below(6);
      tree->name = one_of({"a", "b", "c", "d"});
    } else if (once_in(5)) {
      tree->kind = Tree::negate;
      tree->left = number_tree(depth - 1);
    } else {
      tree->kind = Tree::arithmetic;
      tree->op = one_of({"+", "-", "*", "/"});
      tree->left = number_tree(depth - 1);
      tree->right = number_tree(depth - 1);
    }
    return tree;
  }

  TreePtr truth_tree(int depth) {
    auto tree = std::make_unique<Tree>();
    if (depth == 0 || once_in(3)) {
      tree->kind = Tree::compare;
      tree->op = one_of({"<", "<=", ">", ">=", "==", "!="});
      tree->left = number_tree(2);
      tree->right = number_tree(1);
    } else if (once_in(4)) {
      tree->kind = Tree::negation;
      tree->left = truth_tree(depth - 1);
    } else {
      tree->kind = once_in(2) ? Tree::both : Tree::either;
      tree->left = truth_tree(depth - 1);
      tree->right = truth_tree(depth - 1);
    }
    return tree;
  }

  // Every operation in parentheses, with blanks and needless parentheses thrown in.
  std::string text(const Tree& tree) {
    const std::string blank(static_cast<std::size_t>(below(3)), ' ');
    const std::string inner = blank + bare_text(tree) + blank;
    return once_in(4) ? "((" + inner + "))" : '(' + inner + ')';
  }

  SlotValue exact_value() { return SlotValue::exact(below(9) - 4); }
  SlotValue interval_value() {
    const double low = below(7) - 3;
    const double high = once_in(8) ? kInfinity : low + 1 + below(3);
    return {std::isinf(high) ? low + 1 : high, low, high};
  }

 private:
  std::string bare_text(const Tree& tree) {
    switch (tree.kind) {
      case Tree::number:
        return std::to_string(static_cast<int>(tree.constant));
      case Tree::signal:
        return tree.name;
      case Tree::negate:
        return '-' + text(*tree.left);
      case Tree::negation:
        return "not " + text(*tree.left);
      case Tree::both:
        return text(*tree.left) + " and " + text(*tree.right);
      case Tree::either:
        return text(*tree.left) + " or " + text(*tree.right);
      case Tree::arithmetic:
      case Tree::compare:
        return text(*tree.left) + tree.op + text(*tree.right);
    }
    return "";
  }

  std::minstd_rand engine_;
};

using Number = std::optional<double>;

// What every mention of a signal stands for, in the order in which mentions are met.
struct Mentions {
  std::vector<Number> values;
  mutable std::size_t next = 0;
};

Number finite(double value) { return std::isfinite(value) ? Number(value) : std::nullopt; }

Number number_of(const Tree& tree, const Mentions& mentions) {
  if (tree.kind == Tree::number) return tree.constant;
  if (tree.kind == Tree::signal) return mentions.values.at(mentions.next++);
  const Number left = number_of(*tree.left, mentions);
  if (tree.kind == Tree::negate) return left ? Number(-*left) : std::nullopt;
  const Number right = number_of(*tree.right, mentions);
  if (!left || !right) return std::nullopt;
  if (tree.op == "+") return finite(*left + *right);
  if (tree.op == "-") return finite(*left - *right);
  if (tree.op == "*") return finite(*left * *right);
  return *right == 0 ? std::nullopt : finite(*left / *right);
}

Truth compared(const Tree& tree, const Mentions& mentions) {
  const Number left = number_of(*tree.left, mentions);
  const Number right = number_of(*tree.right, mentions);
  if (!left || !right) return Truth::unknown;
  bool result = false;
  if (tree.op == "<") result = *left < *right;
  if (tree.op == "<=") result = *left <= *right;
  if (tree.op == ">") result = *left > *right;
  if (tree.op == ">=") result = *left >= *right;
  if (tree.op == "==") result = *left == *right;
  if (tree.op == "!=") result = *left != *right;
  return result ? Truth::yes : Truth::no;
}

// Kleene's logic as the minimum and maximum of no < unknown < yes.
int rank(Truth truth) {
  if (truth == Truth::unknown) return 1;
  return truth == Truth::yes ? 2 : 0;
}

using Judge = std::function<Truth(const Tree&)>;

int ranked(const Tree& tree, const Judge& comparison) {
  if (tree.kind == Tree::compare) return rank(comparison(tree));
  if (tree.kind == Tree::negation) return 2 - ranked(*tree.left, comparison);
  const int left = ranked(*tree.left, comparison);
  const int right = ranked(*tree.right, comparison);
  return tree.kind == Tree::both ? std::min(left, right) : std::max(left, right);
}

void collect_mentions(const Tree& tree, std::vector<std::string>& names) {
  if (tree.kind == Tree::signal) names.push_back(tree.name);
  if (tree.left) collect_mentions(*tree.left, names);
  if (tree.right) collect_mentions(*tree.right, names);
}

Mentions mentions_of(const Tree& tree, const MapInputs& inputs) {
  std::vector<std::string> names;
  collect_mentions(tree, names);
  Mentions mentions;
  for (const std::string& name : names) {
    const auto value = inputs.signal(name);
    mentions.values.push_back(value ? Number(value->value) : std::nullopt);
  }
  return mentions;
}

// Conditions that are refused (a division by a constant zero) come back empty.
std::optional<Condition> condition_of(const std::string& text) {
  static const SignalTable signals = test_signals();
  auto condition = Condition::parse(text, signals);
  if (condition) return *condition;
  const std::string& why = condition.error().message;
  EXPECT_TRUE(why == "division by zero") << text << ": " << why;
  return std::nullopt;
}

TEST(ConditionPropertyTest, ExactInputsGiveWhatThePlainEvaluatorGives) {
  int judged = 0;
  for (unsigned seed = 0; seed < 5'000; ++seed) {
    Random random(seed);
    const TreePtr tree = random.truth_tree(3);
    const std::string text = random.text(*tree);
    const auto condition = condition_of(text);
    if (!condition) continue;
    MapInputs inputs;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (!random.once_in(6)) inputs.signals[name] = random.exact_value();
    }
    const Mentions mentions = mentions_of(*tree, inputs);
    const int expected = ranked(*tree, [&](const Tree& c) { return compared(c, mentions); });
    ASSERT_EQ(rank(condition->evaluate(inputs)), expected) << text << " seed " << seed;
    ++judged;
  }
  EXPECT_GT(judged, 3'000);
}

TEST(ConditionPropertyTest, TheWholeFollowsFromItsComparisons) {
  for (unsigned seed = 0; seed < 5'000; ++seed) {
    Random random(seed);
    const TreePtr tree = random.truth_tree(3);
    const std::string text = random.text(*tree);
    const auto condition = condition_of(text);
    if (!condition) continue;
    MapInputs inputs;
    for (const char* name : {"a", "b", "c", "d"}) {
      if (!random.once_in(6)) inputs.signals[name] = random.interval_value();
    }
    const auto readings = condition->read(inputs);
    std::size_t next = 0;
    const int expected = ranked(*tree, [&](const Tree&) { return readings.at(next++).truth; });
    EXPECT_EQ(next, readings.size()) << text;
    EXPECT_EQ(rank(condition->evaluate(inputs)), expected) << text;
  }
}

// The numbers of an interval that matter: next to an open end, the middle, the closed end.
std::vector<double> samples(const SlotValue& value) {
  const double high = std::isinf(value.high) ? kHuge : value.high;
  return {value.low + kTiny, value.low + (high - value.low) / 2, high};
}

struct Seen {
  bool yes = false;
  bool no = false;
};

// Judges the comparison for every way to give each mention one of its samples.
Seen sampled(const Tree& comparison, const MapInputs& inputs) {
  std::vector<std::string> names;
  collect_mentions(comparison, names);
  std::vector<std::vector<double>> choices;
  for (const std::string& name : names) choices.push_back(samples(*inputs.signal(name)));
  Seen seen;
  std::vector<std::size_t> pick(names.size(), 0);
  for (bool more = true; more;) {
    Mentions mentions;
    for (std::size_t i = 0; i < pick.size(); ++i) {
      mentions.values.emplace_back(choices[i][pick[i]]);
    }
    const Truth truth = compared(comparison, mentions);
    seen.yes = seen.yes || truth == Truth::yes;
    seen.no = seen.no || truth == Truth::no;
    more = false;
    for (std::size_t i = 0; i < pick.size() && !more; ++i) {
      pick[i] = (pick[i] + 1) % choices[i].size();
      more = pick[i] != 0;
    }
  }
  return seen;
}

TEST(ConditionPropertyTest, IntervalsAreJudgedAsTheirNumbersAre) {
  int certain = 0;
  int open = 0;
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    Random random(seed);
    const TreePtr tree = random.truth_tree(0);
    const std::string text = random.text(*tree);
    const auto condition = condition_of(text);
    if (!condition) continue;
    MapInputs inputs;
    for (const char* name : {"a", "b", "c", "d"}) inputs.signals[name] = random.interval_value();
    const ComparisonReading reading = condition->read(inputs).at(0);
    const Seen seen = sampled(*tree, inputs);
    const bool told = reading.truth != Truth::unknown;
    certain += told ? 1 : 0;
    if (reading.truth == Truth::yes) ASSERT_FALSE(seen.no) << text << " seed " << seed;
    if (reading.truth == Truth::no) ASSERT_FALSE(seen.yes) << text << " seed " << seed;
    const bool ordering = tree->op != "==" && tree->op != "!=";  // samples may miss an equal pair
    if (told || !ordering || !reading.left_value || !reading.right_value) continue;
    ++open;
    ASSERT_TRUE(seen.yes && seen.no) << text << " seed " << seed;
  }
  EXPECT_GT(certain, 500);
  EXPECT_GT(open, 500);
}

TEST(ConditionPropertyTest, MeaningIgnoresBlanksAndNeedlessParentheses) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    Random random(seed);
    const TreePtr tree = random.truth_tree(3);
    const auto one = condition_of(random.text(*tree));
    const auto other = condition_of(random.text(*tree));
    if (!one || !other) continue;
    EXPECT_EQ(one->meaning(), other->meaning());
    const auto again = condition_of(one->meaning());
    ASSERT_TRUE(again) << one->meaning();
    EXPECT_EQ(again->meaning(), one->meaning());
  }
}

void flip_first_comparison(Tree& tree) {
  Tree* at = &tree;
  while (at->kind != Tree::compare) at = at->left.get();
  at->op = at->op == "<" ? "<=" : "<";
}

TEST(ConditionPropertyTest, MeaningTellsEditsApart) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    Random random(seed);
    const TreePtr tree = random.truth_tree(3);
    const auto before = condition_of(random.text(*tree));
    flip_first_comparison(*tree);
    const auto after = condition_of(random.text(*tree));
    if (!before || !after) continue;
    EXPECT_NE(before->meaning(), after->meaning());
  }
}

}  // namespace
}  // namespace revisitd::rules
