#include "rules/record.h"

#include <algorithm>

#include "rules/record_block.h"
#include "rules/record_header.h"
#include "rules/record_markdown.h"
#include "rules/yaml_decode.h"

namespace revisitd::rules {
namespace {

constexpr std::string_view kSideEnding = ".revisit.yaml";
constexpr std::size_t kMostBytes = 1 << 20;

bool is_yaml_path(std::string_view path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

std::string stem(std::string_view path) {
  path = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  if (is_side_path(path)) return std::string(path.substr(0, path.size() - kSideEnding.size()));
  return std::string(path.substr(0, path.rfind('.')));
}

// Nothing, or what a crash leaves of a file that was being written.
bool is_blank(std::string_view text) {
  return without_bom(text).find_first_not_of(std::string_view(" \t\r\n\0", 5)) == text.npos;
}

// Builds one RecordReading from the blocks of a record, wherever they stand.
class Reader {
 public:
  Reader(const RecordSource& source, const SignalTable& signals, const RecordOptions& options)
      : source_(source),
        signals_(signals),
        options_(options),
        findings_(source.path, source.text) {}

  RecordReading read() {
    reading_.unfinished = is_blank(source_.text);
    if (reading_.unfinished) findings_.warning({}, "the file is empty, nothing in it is watched");
    if (source_.text.size() > kMostBytes) {
      findings_.error({}, "larger than " + std::to_string(kMostBytes) + " bytes");
    } else if (is_yaml_path(source_.path)) {
      read_yaml();
    } else {
      read_markdown_record();
    }
    reading_.diagnostics = findings_.list();
    reading_.diagnostics.insert(reading_.diagnostics.end(), side_diagnostics_.begin(),
                                side_diagnostics_.end());
    return std::move(reading_);
  }

 private:
  void read_yaml() {
    YamlOptions options;
    options.documents = true;
    const std::vector<YamlNode> documents = parse_yaml(source_.text, options, findings_);
    sound_ = findings_.ok();
    if (documents.empty()) reading_.has_block = true;  // nobody can tell that it has none
    for (const YamlNode& document : documents) {
      if (document.kind == YamlNode::Kind::list) {
        for (const YamlNode& item : document.items) read_yaml_block(item);
      } else {
        read_yaml_block(document);
      }
    }
  }

  // A YAML file that speaks of other things is none of ours.
  static bool is_block(const YamlNode& node) {
    return node.find("service") || node.find("triggers") || node.find("language");
  }

  void read_yaml_block(const YamlNode& node) {
    if (!is_block(node)) return;
    const std::size_t before = findings_.errors();
    YamlMap block(YamlValue(node, "", findings_));
    RecordHeader header;
    header.title = block.optional("title").text(1024).value_or("");
    const YamlValue status = block.optional("status");
    add_status(header, {status.text().value_or("accepted"), "", status.place()});
    if (header.status == RecordStatus::unknown) {
      status.error(
          "expected `proposed`, `accepted`, `rejected`, `deprecated` or `superseded by …`, "
          "found " +
          in_quotes(header.status_text));
    }
    const YamlValue date = block.required("date");
    header.date = date.time();
    header.date_text = "given";
    note(header);
    take(block, header, true, before);
  }

  void read_markdown_record() {
    const std::string_view text = findings_.text();
    if (const auto wide = unclean(text); wide && wide->second.starts_with("the text is")) {
      findings_.error(wide->first, wide->second);
      return;
    }
    RecordHeader header;
    const std::optional<FrontMatter> front = front_matter(text);
    if (!front && has_open_front_matter(text)) {
      reading_.unfinished = true;
      if (refuse_open_front_matter(text)) return;
    }
    const YamlNode* front_block = front ? read_front_matter(*front, header) : nullptr;
    std::vector<FencedBlock> fenced;
    reading_.unfinished |= !read_markdown(text.substr(front ? front->end : 0),
                                          front ? front->lines : 0, header, fenced, findings_);
    if (!header.date && header.date_text.empty()) header.date = date_of_name(stem(source_.path));

    const bool side = !source_.side_path.empty();
    reading_.has_block |= front_block || !fenced.empty() || side;
    note(header);
    if (!reading_.has_block) return;
    // What it says of status and date is not known, which is no further mistake.
    if (front && front_.empty() && !findings_.ok() && fenced.empty() && !side) return;
    if (refuse_two_forms(front_block, fenced, side)) return;
    check_header(header);
    if (is_over(header.status)) return;
    if (front_block) take_node(*front_block, header, findings_);
    for (const FencedBlock& block : fenced) read_fenced(block, header);
    if (side) read_side(header);
  }

  // A file whose writing broke off looks just like it, and less than its whole must not count.
  bool refuse_open_front_matter(std::string_view text) {
    const std::size_t key = text.find("\nrevisit:");
    if (key == std::string_view::npos) return false;
    reading_.has_block = true;
    findings_.error(place_of(text, key + 1),
                    "the front matter that holds `revisit:` is never closed, expected a line `---` "
                    "below it; is the file cut short?");
    return true;
  }

  // The value of `revisit:` in it. Front matter that is no YAML matters only where it speaks to us:
  // a scan over a checkout meets templates, too.
  const YamlNode* read_front_matter(const FrontMatter& front, RecordHeader& header) {
    YamlOptions options;
    options.line_offset = 1;
    const std::string yaml(front.yaml);
    const bool addressed = ("\n" + yaml).find("\nrevisit:") != std::string::npos;
    Findings quiet(source_.path, source_.text);
    const std::size_t before = findings_.errors();
    front_ = parse_yaml(yaml, options, addressed ? findings_ : quiet);
    sound_ = findings_.errors() == before;
    broken_front_ = quiet.list();
    if (!quiet.ok()) front_.clear();
    if (addressed) reading_.has_block = true;
    if (front_.empty()) return nullptr;
    add_front_matter(header, front_.front());
    return front_.front().find("revisit");
  }

  bool refuse_two_forms(const YamlNode* front, const std::vector<FencedBlock>& fenced, bool side) {
    std::vector<std::string> forms;
    Place place{};
    if (front) forms.emplace_back("`revisit:` in its front matter");
    if (!fenced.empty()) forms.emplace_back("a `yaml revisit` block");
    if (side) forms.emplace_back("the side file " + source_.side_path);
    if (forms.size() < 2) return false;
    place = fenced.empty() ? front->place : fenced.front().fence;
    findings_.error(place,
                    "the record has " + forms[0] + " and " + forms[1] + ", expected one of them");
    return true;
  }

  void check_header(const RecordHeader& header) {
    for (const Diagnostic& broken : broken_front_) {
      findings_.error(broken.place, "in the front matter: " + broken.message);
    }
    if (!header.has_status) {
      reading_.status = RecordStatus::accepted;
      findings_.warning({}, "no status is given, the record is taken as accepted");
    } else if (header.status == RecordStatus::unknown) {
      findings_.warning(header.status_place,
                        "the status " + in_quotes(header.status_text) +
                            " is not understood and the record not watched, expected proposed, "
                            "accepted, rejected, deprecated or superseded by …");
    }
    if (header.date || is_over(header.status)) return;
    if (header.date_text.empty()) {
      findings_.error({},
                      "no date is given, expected a line such as `Date: 2026-05-04` or "
                      "`date: 2026-05-04` in the front matter");
    } else {
      findings_.error(header.date_place,
                      in_quotes(header.date_text) + " is no date, expected one such as 2026-05-04");
    }
  }

  static bool is_over(RecordStatus status) {
    return status == RecordStatus::rejected || status == RecordStatus::deprecated ||
           status == RecordStatus::superseded;
  }

  void read_fenced(const FencedBlock& block, const RecordHeader& header) {
    if (!block.closed) {
      findings_.error(block.fence,
                      "this block is never closed, expected a line of the same signs below it; is "
                      "the file cut short?");
      return;
    }
    YamlOptions options;
    options.line_offset = block.line_offset;
    options.column_offset = block.column_offset;
    read_blocks(block.yaml, options, header, findings_, block.fence);
  }

  void read_side(const RecordHeader& header) {
    Findings findings(source_.side_path, source_.side_text);
    YamlOptions options;
    options.documents = true;
    read_blocks(source_.side_text, options, header, findings, {});
    side_diagnostics_ = findings.list();
  }

  void read_blocks(std::string_view yaml, const YamlOptions& options, const RecordHeader& header,
                   Findings& findings, Place place) {
    const std::size_t before = findings.errors();
    std::vector<YamlNode> documents = parse_yaml(yaml, options, findings);
    sound_ = findings.errors() == before;
    for (YamlNode& document : documents) {
      if (document.kind == YamlNode::Kind::null) document.place = place;
      if (document.kind == YamlNode::Kind::list) {
        for (const YamlNode& item : document.items) take_node(item, header, findings);
      } else {
        take_node(document, header, findings);
      }
    }
  }

  void take_node(const YamlNode& node, const RecordHeader& header, Findings& findings) {
    YamlMap block(YamlValue(node, "", findings));
    take(block, header, false, findings.errors());
  }

  // `before`: errors found before the block, for it is withheld when it has any.
  void take(YamlMap& block, const RecordHeader& header, bool header_keys, std::size_t before) {
    reading_.has_block = true;
    if (header_keys && is_over(header.status)) return;
    std::optional<Decision> decision = decode_block(block, {signals_, options_, header_keys});
    if (!decision || !header.date || !sound_) return;
    if (block.value().findings().errors() != before) return;
    if (header.has_status && header.status != RecordStatus::accepted) return;
    for (const Decision& other : reading_.decisions) {
      if (other.service != decision->service) continue;
      block.value().error("the file has a second decision for service `" + other.service + "`");
      return;
    }
    if (decision->review_by && *decision->review_by < *header.date) {
      block.optional("review_by")
          .error("expected a time after the date of the decision, " + format_date(*header.date));
      return;
    }
    decision->id = stem(source_.path);
    decision->path = source_.path;
    decision->title = header.title.empty() ? decision->service : header.title;
    decision->date = *header.date;
    decision->superseded_by = header.superseded_by;
    reading_.decisions.push_back(*std::move(decision));
  }

  // The record's status is that of its first block where several have their own.
  void note(const RecordHeader& header) {
    if (noted_) return;
    noted_ = true;
    reading_.status = header.status;
    reading_.title = header.title;
    reading_.superseded_by = header.superseded_by;
  }

  const RecordSource& source_;
  const SignalTable& signals_;
  const RecordOptions& options_;
  Findings findings_;
  RecordReading reading_;
  bool noted_ = false;
  bool sound_ = true;  // the text that blocks are taken from says nothing twice
  std::vector<YamlNode> front_;
  std::vector<Diagnostic> broken_front_;
  std::vector<Diagnostic> side_diagnostics_;
};

}  // namespace

bool RecordReading::ok() const { return !has_error(diagnostics); }

bool is_side_path(std::string_view path) { return path.ends_with(kSideEnding); }

bool is_record_path(std::string_view path) {
  return path.ends_with(".md") || path.ends_with(".markdown") || is_yaml_path(path);
}

RecordReading read_record(const RecordSource& source, const SignalTable& signals,
                          const RecordOptions& options) {
  return Reader(source, signals, options).read();
}

}  // namespace revisitd::rules
