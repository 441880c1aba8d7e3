#include "collectors/roster_csv.h"

#include <algorithm>
#include <array>

#include "collectors/csv_cells.h"
#include "rules/findings.h"
#include "rules/names.h"
#include "rules/roster_merge.h"
#include "rules/yaml.h"

namespace revisitd::collectors {
namespace {

using rules::Findings;
using rules::Member;
using Cell = CsvCells::Cell;

constexpr std::size_t kMostLines = 100'000;
constexpr std::size_t kLongestPerson = 128;

enum Column { team, name, language, level, since, until, email, columns };
constexpr std::array<std::string_view, columns> kColumns = {"team",  "name",  "language", "level",
                                                            "since", "until", "email"};

// The one that separates the header, for a cell may hold the others.
char separator_of(std::string_view text) {
  const std::string_view header = text.substr(0, text.find('\n'));
  const auto count = [&](char c) { return std::count(header.begin(), header.end(), c); };
  if (count(';') > count(',')) return ';';
  return count('\t') > count(',') ? '\t' : ',';
}

class SkillsReader {
 public:
  SkillsReader(std::string_view text, Findings& findings, rules::Roster& roster)
      : cells_(text, separator_of(text)), findings_(findings), roster_(roster) {}

  void read() {
    const auto* header = cells_.next();
    if (header != nullptr && is_separator_line(*header)) header = cells_.next();
    if (header == nullptr) {
      findings_.error({1, 1},
                      "the file is empty, expected a header such as "
                      "`team,name,language,level`");
      return;
    }
    if (!read_header(*header)) return;
    std::size_t lines = 0;
    while (const auto* row = cells_.next()) {
      if (++lines > kMostLines) {
        findings_.error(row->front().place, "more than " + std::to_string(kMostLines) + " lines");
        return;
      }
      read_row(*row);
    }
    if (cells_.mistake()) {
      findings_.error(cells_.mistake()->place, cells_.mistake()->message);
    } else if (lines == 0) {
      findings_.error({1, 1}, "there is nobody below the header, expected at least one line");
    }
  }

 private:
  // "sep=;", by which Excel is told.
  static bool is_separator_line(const std::vector<Cell>& row) {
    return row.size() == 2 && rules::lower_case(row[0].text) == "sep=" && row[1].text.empty();
  }
  // Without the empty cells at its end, which spreadsheets leave where something once was.
  static std::size_t width_of(const std::vector<Cell>& row) {
    std::size_t width = row.size();
    while (width > 0 && row[width - 1].text.empty()) --width;
    return width;
  }

  bool read_header(const std::vector<Cell>& header) {
    width_ = width_of(header);
    bool good = true;
    for (std::size_t i = 0; i < width_; ++i) {
      const std::string word = rules::lower_case(header[i].text);
      const auto known = std::find(kColumns.begin(), kColumns.end(), word);
      if (known == kColumns.end()) {
        good = false;
        findings_.error(header[i].place,
                        "unknown column " + in_quotes(header[i].text) + ", " +
                            rules::suggestion(word, {kColumns.begin(), kColumns.end()}));
        continue;
      }
      std::size_t& at = at_[static_cast<std::size_t>(known - kColumns.begin())];
      if (at != kNone) {
        good = false;
        findings_.error(header[i].place, "column `" + word + "` stands there twice");
      }
      at = i;
    }
    const Place place = header.front().place;
    if (at_[name] == kNone && good) findings_.error(place, "missing column `name`");
    if ((at_[language] == kNone) != (at_[level] == kNone) && good) {
      findings_.error(place, "`language` and `level` go together, one of them is missing");
    }
    return findings_.ok();
  }

  [[nodiscard]] Cell cell(const std::vector<Cell>& row, Column column) const {
    return at_[column] == kNone ? Cell{{}, row.front().place} : row[at_[column]];
  }

  void read_row(const std::vector<Cell>& row) {
    const std::size_t width = width_of(row);
    if (width == 0) return;
    if (row.size() < width_ || width > width_) {
      findings_.error(row.back().place, "the line has " + std::to_string(row.size()) +
                                            " cells where the header has " +
                                            std::to_string(width_));
      return;
    }
    const Cell who = cell(row, name);
    if (who.text.empty() || who.text.size() > kLongestPerson || unclean(who.text)) {
      findings_.error(who.place, "expected a name of 1 to 128 bytes");
      return;
    }
    const Cell of = cell(row, team);
    if (!of.text.empty() && !rules::is_name(of.text)) {
      findings_.error(of.place, in_quotes(of.text) + " is not " + std::string(rules::kNameRule));
      return;
    }
    Member& member = person(std::string(of.text), std::string(who.text));
    read_language(row, member);
    read_day(cell(row, since), "since", member.since);
    read_day(cell(row, until), "until", member.until);
    if (member.since && member.until && *member.until < *member.since) {
      findings_.error(cell(row, until).place,
                      "expected no day before `since`, " + format_date(*member.since));
    }
    read_emails(cell(row, email), member);
  }

  static bool unclean(std::string_view text) { return rules::unclean(text).has_value(); }

  Member& person(const std::string& of, const std::string& who) {
    std::vector<Member>* all = &roster_.elsewhere;
    if (!of.empty()) {
      rules::Team& found = roster_.teams[of];
      found.name = of;
      all = &found.members;
    }
    const auto [known, fresh] = known_.try_emplace({of, rules::lower_case(who)}, all->size());
    if (fresh) {
      all->emplace_back();
      all->back().name = who;
    }
    return (*all)[known->second];
  }

  void read_language(const std::vector<Cell>& row, Member& member) {
    const Cell word = cell(row, language);
    const Cell how = cell(row, level);
    if (word.text.empty() && how.text.empty()) return;
    const std::string language_name = rules::lower_case(word.text);
    if (!rules::is_language_name(language_name)) {
      findings_.error(word.place, word.text.empty() ? "missing language of this level"
                                                    : in_quotes(word.text) + " is not " +
                                                          std::string(rules::kLanguageRule));
      return;
    }
    const std::string level_name = rules::lower_case(how.text);
    const auto fluency = rules::parse_fluency(level_name);
    if (!fluency) {
      findings_.error(how.place,
                      in_quotes(how.text) + " is no level, " +
                          rules::suggestion(level_name, {"learning", "shipped", "fluent"}));
      return;
    }
    const auto [known, fresh] = member.languages.emplace(language_name, *fluency);
    if (!fresh && known->second != *fluency) {
      findings_.error(how.place, "an earlier line says `" +
                                     std::string(rules::fluency_name(known->second)) +
                                     "` of the same person and language");
    }
  }

  void read_day(const Cell& day, const char* what, std::optional<TimePoint>& into) {
    if (day.text.empty()) return;
    const auto time = parse_time(day.text);
    if (!time) {
      findings_.error(day.place, std::string("`") + what +
                                     "`: expected a day such as 2026-05-04, " + "found " +
                                     in_quotes(day.text));
      return;
    }
    if (into && *into != *time) {
      findings_.error(day.place, std::string("`") + what + "`: an earlier line says " +
                                     format_date(*into) + " of the same person");
      return;
    }
    into = *time;
  }

  // Several are separated by blanks.
  void read_emails(const Cell& cell, Member& member) {
    std::string_view rest = cell.text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      const std::string address = rules::lower_case(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (address.empty()) continue;
      if (!rules::is_email(address)) {
        findings_.error(cell.place, "expected an e-mail address such as `ana@a.example`");
        return;
      }
      rules::add_email(member, address);
    }
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  CsvCells cells_;
  Findings& findings_;
  rules::Roster& roster_;
  std::array<std::size_t, columns> at_{kNone, kNone, kNone, kNone, kNone, kNone, kNone};
  std::size_t width_ = 0;
  std::map<std::pair<std::string, std::string>, std::size_t> known_;  // by team and name
};

}  // namespace

rules::RosterReading decode_skills_csv(std::string_view text, const std::string& file,
                                       TimePoint read_at, Duration validity) {
  Findings findings(file, text);
  rules::Roster roster;
  roster.read_at = read_at;
  roster.source = file;
  roster.validity = validity;
  if (text.size() > rules::kRosterBytes) {
    findings.error({}, "the file is larger than 4 MiB");
  } else if (const auto unclean = rules::unclean(text)) {
    findings.error(unclean->first, unclean->second);
  } else {
    SkillsReader(rules::without_bom(text), findings, roster).read();
  }
  rules::RosterReading reading;
  reading.diagnostics = findings.list();
  if (findings.ok()) reading.roster = std::move(roster);
  return reading;
}

}  // namespace revisitd::collectors
