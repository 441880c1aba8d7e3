#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/roster_source.h"

// A roster file that others write, in any format that has a decoder.
namespace revisitd::collectors {

// Text, the file's name, when it was read, and the validity where the file says none.
using RosterDecoder =
    std::function<rules::RosterReading(std::string_view, const std::string&, TimePoint, Duration)>;

class RosterFile final : public RosterSource {
 public:
  struct Format {
    std::string kind = "file";
    RosterDecoder decode = rules::decode_roster;
  };
  RosterFile(std::string path, RosterSourceOptions options,
             std::shared_ptr<const rules::Roster> last = nullptr)
      : RosterFile(std::move(path), {}, options, std::move(last)) {}
  RosterFile(std::string path, Format format, RosterSourceOptions options,
             std::shared_ptr<const rules::Roster> last = nullptr);

  RosterLook look(TimePoint now) override;
  bool confirm() override { return gate_.confirm(); }
  [[nodiscard]] const std::string& name() const override { return path_; }
  [[nodiscard]] std::string kind() const override { return format_.kind; }
  [[nodiscard]] std::vector<std::string> directories() const override;

 private:
  std::string path_;
  Format format_;
  RosterGate gate_;
};

}  // namespace revisitd::collectors
