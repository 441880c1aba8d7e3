#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/backstage_api.h"
#include "collectors/backstage_entity.h"
#include "collectors/end_of_life.h"
#include "collectors/roster_csv.h"
#include "rules/names.h"

// What people's tools write: skills in CSV, catalogues of Backstage, ends of life. The first byte
// chooses how the rest is read.
namespace {

using namespace revisitd;
using namespace revisitd::collectors;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) require(!format_diagnostic(diagnostic).empty());
}

void check(const rules::Roster& roster) {
  const TimePoint now = from_millis(1'800'000'000'000);
  for (const auto& [name, team] : roster.teams) {
    require(rules::is_name(name) && team.name == name);
    const auto members = roster.members(name, now);
    require(members && *members >= 0 && *members <= static_cast<int>(team.members.size()));
    for (const auto& [language, people] : roster.known(name, now))
      require(rules::is_language_name(language) && people <= *members);
  }
}

void check(const std::vector<BackstageEntity>& entities, std::vector<Diagnostic> diagnostics) {
  check(make_catalogue(entities, diagnostics).roster);
  check(diagnostics);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      const auto reading = decode_skills_csv(text, "skills.csv", {});
      require(reading.roster || !reading.diagnostics.empty());
      if (reading.roster) check(*reading.roster);
      check(reading.diagnostics);
      break;
    }
    case 1: {
      std::vector<Diagnostic> diagnostics;
      const auto entities = read_backstage_file(text, "catalog-info.yaml", diagnostics);
      check(entities, std::move(diagnostics));
      break;
    }
    case 2: {
      const auto page = read_backstage_page(text);
      require(!page || page->entities.size() <= page->items);
      if (page) check(page->entities, {});
      break;
    }
    case 3: {
      const auto reading = decode_end_of_life(text, "python.json");
      require(reading.cycles || !reading.diagnostics.empty());
      if (reading.cycles) (void)rules::support_of(*reading.cycles, "3.11.2");
      check(reading.diagnostics);
      break;
    }
  }
  return 0;
}
