#pragma once

#include <string>

namespace revisitd::daemon::notify {

// Compares with tests/fixtures/golden/NAME; with REVISITD_UPDATE_GOLDEN=1 in the environment writes
// it instead.
void expect_golden(const std::string& name, const std::string& text);
// The same for a JSON text, laid out for reading; the order of keys counts.
void expect_golden_json(const std::string& name, const std::string& json);

}  // namespace revisitd::daemon::notify
