"""Views of certificates: verification for anyone, the PDF and pictures for the owner."""
