"""A petition as a document and as a page description; both with the watermark while it is a draft.

Nothing of a person stands in the files' own properties, and their dates are the database's. The libraries are loaded
with the first paper: they are heavy, and most processes of a night draw none.
"""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from escalation.cases.petitions.rules import Line, Paper

DRAFT: Final = "TASLAK"
_TITLE: Final = "Dilekçe"
_FONTS: Final = Path(__file__).with_name("fonts")
_FAMILY: Final = "DejaVu"
#: Height of a line by style, in points.
_SIZES: Final = {"authority": 12, "title": 13, "heading": 11, "small": 9}
_ORDINARY: Final = 11
_BOLD: Final = frozenset({"authority", "title", "heading"})
_CENTRED: Final = frozenset({"authority", "title"})
_BULLET: Final = "• "
#: Behind the text, from corner to corner, as Word itself draws it.
_WATERMARK: Final = """
<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"><w:pict>
<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"
 path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>
<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>
<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>
<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>
<v:shape id="taslak" type="#_x0000_t136" style="position:absolute;margin-left:0;margin-top:0;width:440pt;height:110pt;
rotation:315;z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;
mso-position-vertical:center;mso-position-vertical-relative:margin" fillcolor="silver" stroked="f">
<v:fill opacity=".5"/><v:textpath style="font-family:&quot;Calibri&quot;;font-size:1pt" string="TASLAK"/></v:shape>
</w:pict></w:r>
"""


def as_docx(paper: Paper, made_at: datetime, *, draft: bool) -> bytes:
    """A petition for Word and its relatives."""
    import docx  # noqa: PLC0415
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.oxml import parse_xml  # noqa: PLC0415
    from docx.shared import Cm, Pt, RGBColor  # noqa: PLC0415

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    document.styles["Normal"].font.name, document.styles["Normal"].font.size = "Times New Roman", Pt(_ORDINARY)
    for line in paper.lines:
        _paragraph(document, line)
    if draft:
        header = section.header.paragraphs[0]
        header.alignment = WD_ALIGN_PARAGRAPH.CENTER
        word = header.add_run(DRAFT)
        word.bold, word.font.color.rgb = True, RGBColor(0x80, 0x80, 0x80)
        header._p.append(parse_xml(_WATERMARK))  # noqa: SLF001 - python-docx has no word for a watermark
    core = document.core_properties
    core.author = core.last_modified_by = core.comments = core.keywords = ""
    core.title, core.created, core.modified = _TITLE, made_at.replace(tzinfo=None), made_at.replace(tzinfo=None)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _paragraph(document: Any, line: Line) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    paragraph = document.add_paragraph()
    run = paragraph.add_run((_BULLET if line.style == "item" else "") + line.text)
    run.bold = line.style in _BOLD
    run.font.size = Pt(_SIZES.get(line.style, _ORDINARY))
    paragraph.paragraph_format.space_after = Pt(0 if line.style == "signature" else 6)
    if line.style in _CENTRED:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif line.style == "signature":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif line.style == "text":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def as_pdf(paper: Paper, made_at: datetime, *, draft: bool) -> bytes:
    """A petition to print."""
    pdf = _pages()(draft=draft)
    pdf.set_title(_TITLE)
    pdf.set_creation_date(made_at)
    for name, style in (("DejaVuSans.ttf", ""), ("DejaVuSans-Bold.ttf", "B")):
        pdf.add_font(_FAMILY, style, _FONTS / name)
    pdf.set_margins(25, 25)
    pdf.set_auto_page_break(auto=True, margin=20)
    pdf.add_page()
    for line in paper.lines:
        size = _SIZES.get(line.style, _ORDINARY)
        pdf.set_font(_FAMILY, "B" if line.style in _BOLD else "", size)
        align = "C" if line.style in _CENTRED else "R" if line.style == "signature" else "L"
        text = (_BULLET if line.style == "item" else "") + line.text
        pdf.multi_cell(0, size * 0.5, _drawable(text), align=align, new_x="LMARGIN", new_y="NEXT")
        if line.style != "signature":
            pdf.ln(2)
    return bytes(pdf.output())


@cache
def _pages() -> Any:
    from fpdf import FPDF  # noqa: PLC0415

    class Pages(FPDF):
        """A4 pages, each with the watermark under its text."""

        def __init__(self, *, draft: bool) -> None:
            super().__init__(format="A4")
            self._draft = draft

        def header(self) -> None:
            """Draw the watermark; the library calls this for every page."""
            if not self._draft:
                return
            place = self.x, self.y
            self.set_font(_FAMILY, "B", 90)
            self.set_text_color(215)
            with self.rotation(45, self.w / 2, self.h / 2):
                self.text(self.w / 2 - self.get_string_width(DRAFT) / 2, self.h / 2, DRAFT)
            self.set_text_color(0)
            self.set_xy(*place)

    return Pages


def _drawable(text: str) -> str:
    """The text without letters that the font lacks: the library would write them, hers, into a log."""
    letters = _letters()
    return "".join(letter if letter == "\n" or ord(letter) in letters else "□" for letter in text)


@cache
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    found: frozenset[int] | None = None
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        with TTFont(_FONTS / name, lazy=True) as font:
            known = frozenset(font.getBestCmap())
        found = known if found is None else found & known
    return found or frozenset()
