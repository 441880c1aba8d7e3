#include "collectors/roster_file.h"

#include <filesystem>

#include "collectors/safe_file.h"

namespace revisitd::collectors {
namespace {

Duration apart(TimePoint a, TimePoint b) { return a >= b ? a - b : b - a; }

}  // namespace

RosterFile::RosterFile(std::string path, Format format, RosterSourceOptions options,
                       std::shared_ptr<const rules::Roster> last)
    : path_(std::move(path)), format_(std::move(format)), gate_(path_, options, std::move(last)) {}

RosterLook RosterFile::look(TimePoint now) {
  const auto content = read_file(path_, rules::kRosterBytes);
  if (!content) {
    if (content.error().problem == FileProblem::changing) {
      RosterLook look = gate_.refuse(RosterSourceState::settling, {});
      look.again = now + gate_.options().settle;
      return look;
    }
    return gate_.refuse(RosterSourceState::bad,
                        {{"", {}, content.error().message, "", Severity::error}});
  }
  const bool rested = apart(now, content->modified) >= gate_.options().settle;
  return gate_.offer(format_.decode(content->text, path_, now, gate_.options().validity),
                     hex_of(content->hash), rested, now);
}

std::vector<std::string> RosterFile::directories() const {
  const std::string parent = std::filesystem::path(path_).parent_path().string();
  return {parent.empty() ? "." : parent};
}

}  // namespace revisitd::collectors
