"""python -m budgetbot"""

from budgetbot.cli import main

if __name__ == "__main__":
    main()
