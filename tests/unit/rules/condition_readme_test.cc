#include <fstream>
#include <sstream>
#include <vector>

#include "tests/unit/rules/condition_fixture.h"

// Holds the examples of rules/README.md to the parser.
namespace revisitd::rules {
namespace {

// The lines of the fenced block with this info string; empty lines and "#" comments left out.
std::vector<std::string> block(const std::string& info) {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) + "/rules/README.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```" + info) {
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside && !line.empty() && line.front() != '#') {
      lines.push_back(line);
    }
  }
  return lines;
}

TEST(ConditionReadmeTest, EveryGoodExampleIsACondition) {
  const auto examples = block("text conditions");
  EXPECT_GT(examples.size(), 30U);
  for (const std::string& example : examples) EXPECT_EQ(mistake(example), "fine") << example;
}

// Three lines each: the text, a caret under the offending token, the message.
TEST(ConditionReadmeTest, EveryWrongExampleFailsAsItSays) {
  const auto lines = block("text mistakes");
  ASSERT_EQ(lines.size() % 3, 0U);
  EXPECT_GT(lines.size(), 30U);
  for (std::size_t i = 0; i + 2 < lines.size(); i += 3) {
    const std::string offset = std::to_string(lines[i + 1].find('^'));
    EXPECT_EQ(mistake(lines[i]), offset + ": " + lines[i + 2]) << lines[i];
  }
}

// Pairs separated by "   =   ": both sides mean the same.
TEST(ConditionReadmeTest, EveryPairOfEqualMeaningIsEqual) {
  const auto lines = block("text equal");
  EXPECT_GT(lines.size(), 4U);
  const std::string separator = "   =   ";
  for (const std::string& line : lines) {
    const std::size_t at = line.find(separator);
    ASSERT_NE(at, std::string::npos) << line;
    EXPECT_EQ(meaning(line.substr(0, at)), meaning(line.substr(at + separator.size()))) << line;
  }
}

}  // namespace
}  // namespace revisitd::rules
