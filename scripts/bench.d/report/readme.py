"""A table in a README, between two marks."""
BEGIN = "<!-- written by scripts/bench --readme -->"
END = "<!-- end of the table -->"


def write(file, lines):
    text = file.read_text()
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    file.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after)
