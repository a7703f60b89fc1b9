#!/usr/bin/env python3
"""Manual pages and completions, made from what the programs say of themselves: their --help and quipu-server's --print-conf.

    manual.py man PROGRAM VERSION
                                  the manual page of a program, in roff
    manual.py man-conf SERVER VERSION
                                  quipu.conf(5)
    manual.py bash PROGRAM        its completion for bash, or
    manual.py zsh PROGRAM         for zsh
    manual.py conf SERVER DIR SOCKET
                                  the configuration that a package installs: data in DIR, a unix socket as well

PROGRAM and SERVER are paths; they are run. The form of a help text:

    usage: quipu-load [options] FILE            the usage, one or more lines
                                                paragraphs: lines that are indented are shown as they are
    The file:                                   a heading, alone on its line, and the options below it
      --delimiter C      ',', ';', '|', TAB     an option: its text begins in column 21, or on the next line
      --cacert FILE      trusted authorities    FILE, DIR: completed as such; a|b|c: one of these words
    Exit status: 0, 1 if a query failed.        such a word and a colon make a section of the page
"""

import collections
import re
import subprocess
import sys

TEXT_COLUMN = 21
NAMED = re.compile(r"([A-Z][a-z ]+): (.*)")
SUMMARIES = {
    "quipu": "ask for crosstabs, of a server or of files",
    "quipu-server": "crosstabs over Redis shards, for every Redis client",
    "quipu-load": "load the rows of a file, a query or another Redis into quipu",
    "quipu-export": "write rows or tables of quipu into a file",
    "quipu-gen": "write example rows of any number",
}
SIGNALS = """SIGTERM and SIGINT let running queries end, for `shutdown-timeout` at most, and stop the server; a second one stops it at once.

SIGHUP reads the configuration file again, and opens `logfile` again.

With NOTIFY_SOCKET in its environment the server tells its supervisor when it is ready, reloads and stops, as systemd's `Type=notify` wants it."""

Option = collections.namedtuple("Option", "names values text")  # values: "" for none, "FILE", "F V TEXT"
Section = collections.namedtuple("Section", "heading intro options")
Directive = collections.namedtuple("Directive", "name unit default is_live text")


def run(program, option):
    return subprocess.run([program, option], stdout=subprocess.PIPE, check=True).stdout.decode()


def name_of(program):
    return program.rsplit("/", 1)[-1]


# ---- what a help text says ----


def is_option_line(line):
    return line.startswith("  -")


def option_of(line):
    """The option that a line begins, its text as far as the line has it."""
    column = TEXT_COLUMN
    is_short = len(line) > column and line[column - 1] == " " and line[column] != " "
    head, text = (line[:column], line[column:]) if is_short else (line, "")
    names, values = [], ""
    for part in head.strip().split(", "):
        name, _, values = part.partition(" ")
        names.append(name)
    return Option(names, values, text)


def options_of(lines):
    options = []
    for line in lines:
        if is_option_line(line):
            options.append(option_of(line))
        else:
            last = options[-1]
            options[-1] = last._replace(text=(last.text + " " + line.strip()).strip())
    return options


class Help:
    """A help text in its parts: usage, paragraphs before the options, sections of options, named parts behind them."""

    def __init__(self, text):
        paragraphs = [part.splitlines() for part in text.rstrip("\n").split("\n\n")]
        self.usage = [re.sub(r"^(usage:|Usage:)? +", "", line) for line in paragraphs[0]]
        self.paragraphs, self.sections, self.parts = [], [], []
        for lines in paragraphs[1:]:
            first = next((i for i, line in enumerate(lines) if is_option_line(line)), None)
            if first is not None:
                self.sections.append(self.section(lines[:first], lines[first:]))
            elif self.sections and NAMED.match(lines[0]):
                self.parts += self.named_parts(lines)
            else:
                self.paragraphs.append(lines)

    @staticmethod
    def section(intro, lines):
        heading = intro[0][:-1] if len(intro) == 1 and intro[0].endswith(":") else ""
        return Section(heading, [] if heading else intro, options_of(lines))

    @staticmethod
    def named_parts(lines):
        parts = []
        for line in lines:
            found = NAMED.match(line)
            if found:
                parts.append([found.group(1), found.group(2)[0].upper() + found.group(2)[1:]])
            else:
                parts[-1][1] += " " + line.strip()
        return parts

    def options(self):
        return [option for section in self.sections for option in section.options]


def directives_of(sample):
    """The directives of what --print-conf prints, in its order."""
    found = []
    for block in sample.rstrip("\n").split("\n\n")[1:]:
        *comments, line = block.splitlines()
        unit, default, live = re.match(r"# Unit: (.*?)\. Default: (.*?)\.( Can be changed with CONFIG SET\.)?$", comments[-1]).groups()
        name = line.lstrip("# ").split(" ", 1)[0]
        text = " ".join(comment[2:] for comment in comments[:-1])
        found.append(Directive(name, unit.replace("`", ""), default, live is not None, text))
    return found


def choices_of(values):
    return values.split("|") if re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", values) else []


def directive_values(directive):
    """What stands behind it on a command line, in the words of a help text."""
    if re.fullmatch(r"[a-z]+(, [a-z]+)* or [a-z]+", directive.unit):
        return re.sub(r", | or ", "|", directive.unit)
    return {"text": "FILE" if re.search("file|socket|dir|module|redis-server", directive.name) else "TEXT"}.get(directive.unit, "VALUE")


def server_help(program):
    """quipu-server's help, whose directives become options with all that --print-conf says of them."""
    parts = Help(run(program, "--help"))
    parts.sections = [
        Section("", [], [Option(["--help"], "", "Show the directives and their defaults."),
                         Option(["--version"], "", "Show the version."),
                         Option(["--print-conf"], "", "Print a configuration file with every directive explained.")]),
        Section("Directives", ["Each is explained in quipu.conf(5)."],
                [Option(["--" + d.name], directive_values(d), "%s. Default: %s." % (d.unit[0].upper() + d.unit[1:], d.default))
                 for d in directives_of(run(program, "--print-conf"))]),
    ]
    return parts


def help_of(program):
    return server_help(program) if name_of(program) == "quipu-server" else Help(run(program, "--help"))


# ---- roff ----


def roff(text):
    """Text of one paragraph, with its `code` in bold and no word that roff would take for a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    text = re.sub(r"`([^`]+)`", r"\\fB\1\\fP", text).replace("`", "\\(ga")
    return "\\&" + text if text.startswith(".") else text


def roff_option(option):
    value = " \\fI%s\\fP" % roff(option.values) if option.values else ""
    return ", ".join("\\fB%s\\fP" % roff(name) for name in option.names) + value


def paragraph(lines):
    """Indented lines as they are, others filled."""
    out, is_filled = [".PP"], True
    for line in lines:
        if line.startswith("    ") == is_filled:
            out.append(".RS 4\n.nf" if is_filled else ".fi\n.RE")
            is_filled = not is_filled
        out.append(roff(line.strip()))
    return out + ([] if is_filled else [".fi\n.RE"])


def page_head(name, section, summary, version):
    return ['.TH "%s" "%d" "" "quipu %s" "Quipu"' % (roff(name.upper() if section == 1 else name), section, version),
            ".SH NAME", "%s \\- %s" % (roff(name), roff(summary))]


def see_also(name):
    pages = ["%s(1)" % page for page in SUMMARIES] + ["quipu.conf(5)"]
    return [".SH SEE ALSO", ", ".join("\\fB%s\\fP%s" % (roff(page[:-3]), page[-3:]) for page in pages if page[:-3] != name)]


def man_program(program, version):
    name, parts = name_of(program), help_of(program)
    out = page_head(name, 1, SUMMARIES[name], version) + [".SH SYNOPSIS", ".nf"]
    out += [roff(re.sub(r"  +\(.*\)$", "", line)) for line in parts.usage] + [".fi", ".SH DESCRIPTION"]
    for lines in parts.paragraphs:
        out += paragraph(lines)
    out.append(".SH OPTIONS")
    for section in parts.sections:
        out += [".SS " + roff(section.heading)] if section.heading and section.heading != "Options" else []
        out += paragraph(section.intro) if section.intro else []
        for option in section.options:
            out += [".TP", roff_option(option), roff(option.text)]
    for heading, text in parts.parts:
        out += [".SH " + heading.upper(), roff(text)]
    if name == "quipu-server":
        out += [".SH SIGNALS"] + [line for part in SIGNALS.split("\n\n") for line in paragraph([part])]
        out += [".SH FILES", ".TP", "\\fI/etc/quipu/quipu.conf\\fP", "The configuration of the packaged service."]
    return out + see_also(name)


def man_conf(program, version):
    sample = run(program, "--print-conf")
    out = page_head("quipu.conf", 5, "the configuration of quipu-server", version) + [".SH DESCRIPTION"]
    out += paragraph(["A file in the manner of redis.conf, named first on the command line of `quipu-server`. Each line has a directive and "
                      "its values; `#` begins a comment line, and values with spaces go in quotes. A directive that is given again has its "
                      "last value; `dataset` and `user` add one each time. Each directive is also an option, `--directive value`, which "
                      "wins over the file."])
    out += paragraph(["SIGHUP reads the file again. `CONFIG SET` changes the directives that are marked live, until the server ends or "
                      "`CONFIG REWRITE` writes them into the file."])
    out.append(".SH DIRECTIVES")
    for d in directives_of(sample):
        out += [".TP", "\\fB%s\\fP \\fI%s\\fP" % (roff(d.name), roff(directive_values(d))), roff(d.text),
                ".br", roff("%s. Default: %s.%s" % (d.unit[0].upper() + d.unit[1:], d.default, " Live." if d.is_live else ""))]
    return out + see_also("quipu.conf")


# ---- completions ----


def bash(program):
    name, options = name_of(program), help_of(program).options()
    function = "_" + name.replace("-", "_")
    cases = collections.OrderedDict()
    for option in options:
        if option.values:
            choices = choices_of(option.values.split()[0])
            action = ("COMPREPLY=($(compgen -W '%s' -- \"$cur\"))" % " ".join(choices) if choices
                      else "compopt -o default 2>/dev/null" if option.values == "FILE"
                      else "COMPREPLY=($(compgen -d -- \"$cur\")); compopt -o filenames 2>/dev/null" if option.values == "DIR" else "")
            cases.setdefault(action, []).extend(option.names)
    out = ["# bash completion of %s: made by packaging/manual.py from its --help" % name, "%s() {" % function,
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}", "    COMPREPLY=()", "    case $prev in"]
    for action, names in cases.items():
        out += ["    %s)" % " | ".join(names)] + ["        " + action] * bool(action) + ["        return", "        ;;"]
    words = " ".join(name for option in options for name in option.names)
    out += ["    esac", "    if [[ $cur == -* ]]; then", "        COMPREPLY=($(compgen -W '%s' -- \"$cur\"))" % words, "    else",
            "        compopt -o default 2>/dev/null", "    fi", "}", "complete -F %s %s" % (function, name)]
    return out


def zsh_quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_value(word):
    choices = choices_of(word)
    action = {"FILE": "_files", "DIR": "_files -/"}.get(word, "(%s)" % " ".join(choices) if choices else "")
    return ":%s:%s" % ("value" if choices else word.lower().strip("."), action or " ")


def zsh(program):
    name = name_of(program)
    out = ["#compdef " + name, "# zsh completion of %s: made by packaging/manual.py from its --help" % name, "_arguments \\"]
    for option in help_of(program).options():
        text = re.split(r" \(|(?<=[a-z)])[.;:] ", option.text)[0].rstrip(".")
        text = re.sub(r"([\\\[\]:])", r"\\\1", text)
        values = "".join(zsh_value(word) for word in option.values.split())
        out += ["    %s \\" % zsh_quote("*%s[%s]%s" % (each, text, values)) for each in option.names]
    return out + ["    '*:file:_files'"]


def conf(program, directory, socket):
    values = {"dir": directory, "unixsocket": socket, "unixsocketperm": "770"}
    text = run(program, "--print-conf").replace("quipu-server conf/quipu.conf", "quipu-server /etc/quipu/quipu.conf")
    text = text.replace("docs/configuration.md says more", "quipu.conf(5) says the same")
    for name, value in values.items():
        text, n = re.subn(r"(?m)^%s .*$" % name, "%s %s" % (name, value), text)
        if n != 1:
            raise SystemExit("manual.py: no directive " + name)
    return text.rstrip("\n").splitlines()


KINDS = {"man": man_program, "man-conf": man_conf, "bash": bash, "zsh": zsh, "conf": conf}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    print("\n".join(KINDS[sys.argv[1]](*sys.argv[2:])))
