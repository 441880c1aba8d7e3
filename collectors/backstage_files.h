#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectors/backstage_entity.h"
#include "collectors/roster_source.h"

namespace revisitd::collectors {

// Teams, people and services of the catalog-info.yaml files that patterns name (as patterns of
// records do: a path, a glob, a directory, DIR/**/NAME), all files together, since a group stands
// in one and its members in another. A file that cannot be read keeps the last good reading of all.
// Its name is the patterns, separated by ", ".
class BackstageFiles final : public RosterSource {
 public:
  static std::string name_of(const std::vector<std::string>& patterns);
  BackstageFiles(std::vector<std::string> patterns, RosterSourceOptions options,
                 LastReading last = {});

  RosterLook look(TimePoint now) override;
  bool confirm() override { return gate_.confirm(); }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::string kind() const override { return "backstage"; }
  [[nodiscard]] std::vector<std::string> directories() const override { return directories_; }
  [[nodiscard]] std::vector<CataloguedService> services() const override { return services_; }

 private:
  std::vector<std::string> patterns_;
  std::string name_;
  RosterGate gate_;
  std::vector<std::string> directories_;
  std::vector<CataloguedService> services_;
};

}  // namespace revisitd::collectors
