#include "tests/unit/daemon/notify/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace revisitd::daemon::notify {

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = REVISITD_SOURCE_DIR "/tests/fixtures/golden/" + name;
  if (std::getenv("REVISITD_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing";
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << "differs from " << path;
}

void expect_golden_json(const std::string& name, const std::string& json) {
  expect_golden(name, nlohmann::ordered_json::parse(json).dump(2) + "\n");
}

}  // namespace revisitd::daemon::notify
