#pragma once

#include <string>
#include <vector>

// Which files the `records: files:` of a configuration name.
namespace revisitd::collectors {

// The files behind patterns, as they are now.
struct RecordPaths {
  std::vector<std::string> files;        // sorted, each once; records and side files
  std::vector<std::string> directories;  // sorted: where files may come and go, for a FileWatch
  // Whether these are all: a glob with signs before its last component also has others in between.
  bool all_directories = true;
  // Directories that should be there and could not be listed, with the reason: what was known below
  // them is neither there nor gone.
  std::vector<std::pair<std::string, std::string>> unlisted;
};

// A pattern is one of
//   a path                 records/checkout.md
//   a glob of the shell    records/*.md, teams/*/decisions/[0-9]*.md
//   a directory            records/ or records: every record in it and below
//   a directory and name   records/**/*.md: files of that name in it and below
// Hidden files and directories, whose names begin with a dot, are met only by patterns that name
// them. Links to files are followed, links to directories only by the pattern itself and not below
// it. Below a directory, files count that end in .md, .markdown, .yaml or .yml. At most 20,000
// files; more are left out and told as unlisted.
RecordPaths list_records(const std::vector<std::string>& patterns);

// The same file's path from the root, without `.` and `..`; as it is where it begins there. What is
// kept from one run to the next goes by it, for the next one may have another working directory.
std::string absolute_path(const std::string& path);

// Whether the pattern is a path, without the signs of a glob, and nothing stands there although its
// directory does: a slip of the pen, where a glob may well match nothing.
bool names_missing_file(const std::string& pattern);

}  // namespace revisitd::collectors
